/** The part of `AdminService` that is about who may use it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import { Role, type SessionSchema, type UserSchema } from '../../../gen/vigo/v1/access_pb.js';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import { operatorOf } from '../../platform/admin-auth.ts';
import type { OperatorRole } from '../../platform/admin-roles.ts';
import type { SessionRow } from '../../store/session-repository.ts';
import type { UserRow } from '../../store/user-repository.ts';
import type { Sessions } from '../access/sessions.ts';
import type { Users } from '../access/users.ts';

export interface AccessAdminOptions {
  readonly users: Users;
  readonly sessions: Sessions;
  /** Of this server. */
  readonly role: 'hub' | 'standalone';
  readonly version: string;
  readonly hostname: string;
}

type Methods = 'getMe' | 'createUser' | 'listUsers' | 'revokeUser' | 'listSessions' | 'revokeSession';

export function createAccessAdmin(options: AccessAdminOptions): Pick<ServiceImpl<typeof AdminService>, Methods> {
  const { users, sessions } = options;
  return {
    getMe(_request, context) {
      const { name, role, credential, expiresAt } = operatorOf(context);
      return {
        name,
        role: ROLE_CODES[role],
        credential,
        expiresAt: timeOf(expiresAt),
        serverRole: options.role,
        serverVersion: options.version,
        serverHostname: options.hostname,
      };
    },
    async createUser({ name, role, ttlSeconds }, context) {
      const wish = { name, role: roleOf(role), ttlSeconds };
      const { token, user } = await users.create(wish, operatorOf(context).name);
      return { token, user: userMessage(user) };
    },
    listUsers: async () => ({ users: (await users.list()).map(userMessage) }),
    async revokeUser(request) {
      const { user, sessionsEnded } = await users.revoke(request.user);
      return { user: userMessage(user), sessionsEnded };
    },
    async listSessions(_request, context) {
      const { sessionId } = operatorOf(context);
      return { sessions: (await sessions.list()).map((row) => sessionMessage(row, sessionId)) };
    },
    async revokeSession(request, context) {
      const { sessionId } = operatorOf(context);
      return { session: sessionMessage(await sessions.revoke(request.id), sessionId) };
    },
  };
}

const ROLE_CODES: Record<OperatorRole, Role> = { viewer: Role.VIEWER, admin: Role.ADMIN };

function roleOf(code: Role): OperatorRole {
  if (code === Role.ADMIN) return 'admin';
  if (code === Role.VIEWER) return 'viewer';
  throw new VigoError('INVALID_ARGUMENT', 'role must be VIEWER or ADMIN');
}

const timeOf = (ms: number | null | undefined) => (ms === null || ms === undefined ? undefined : timestampFromMs(ms));

const userMessage = (row: UserRow): MessageInitShape<typeof UserSchema> => ({
  id: row.id,
  name: row.name,
  role: ROLE_CODES[row.role],
  createdAt: timeOf(row.created_at),
  createdBy: row.created_by,
  expiresAt: timeOf(row.expires_at),
  lastUsedAt: timeOf(row.last_used_at),
  revokedAt: timeOf(row.revoked_at),
});

const sessionMessage = (row: SessionRow, current: string | undefined): MessageInitShape<typeof SessionSchema> => ({
  id: row.id,
  user: row.user_name,
  role: ROLE_CODES[row.role],
  method: row.method,
  createdAt: timeOf(row.created_at),
  expiresAt: timeOf(row.expires_at),
  lastUsedAt: timeOf(row.last_used_at),
  origin: row.origin,
  current: row.id === current,
});
