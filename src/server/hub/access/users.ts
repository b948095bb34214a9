/** Users with API tokens: made, listed, revoked. */
import { randomUUID } from 'node:crypto';
import { VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { OperatorRole } from '../../platform/admin-roles.ts';
import type { UserRepository, UserRow } from '../../store/user-repository.ts';
import { newApiToken, storedHash } from './api-token.ts';

export interface NewUser {
  readonly name: string;
  readonly role: OperatorRole;
  /** For how long its token is good, seconds; 0: until it is revoked. */
  readonly ttlSeconds: number;
}

export interface Users {
  /** Throws INVALID_ARGUMENT, USER_EXISTS. The token is shown only here. */
  create(wish: NewUser, actor: string): Promise<{ token: string; user: UserRow }>;
  /** Newest first. */
  list(): Promise<UserRow[]>;
  /** By id or name. Ends the user's sessions, whose number is returned. Throws USER_NOT_FOUND. */
  revoke(idOrName: string): Promise<{ user: UserRow; sessionsEnded: number }>;
}

export interface UsersOptions {
  readonly repository: UserRepository;
  /** Told of credentials that are good no more: hashes of the token and of the sessions. */
  readonly onRevoked: (hashes: readonly string[]) => void;
  readonly clock: Pick<Clock, 'now'>;
}

const NAME = /^[A-Za-z0-9._@-]{1,64}$/;
/** They stand in the audit log for the token in the data directory, and for what the hub does by itself. */
const TAKEN = new Set(['admin', 'hub']);
const MAX_TTL_S = 10 * 366 * 24 * 3600;
const MAX_LISTED = 1_000;

export function createUsers({ repository, onRevoked, clock }: UsersOptions): Users {
  return {
    async create({ name, role, ttlSeconds }, actor) {
      requireName(name);
      if (ttlSeconds > MAX_TTL_S)
        throw new VigoError('INVALID_ARGUMENT', `ttl_seconds is ${ttlSeconds}: at most ${MAX_TTL_S}`);
      const token = newApiToken();
      const now = clock.now();
      const user: UserRow = {
        id: randomUUID(),
        name,
        role,
        token_hash: storedHash(token),
        created_at: now,
        created_by: actor,
        expires_at: ttlSeconds === 0 ? null : now + ttlSeconds * 1000,
        last_used_at: null,
        revoked_at: null,
      };
      await repository.create(user);
      return { token, user };
    },
    list: () => repository.list(MAX_LISTED),
    async revoke(idOrName) {
      const found = await repository.find(idOrName);
      if (!found)
        throw new VigoError(
          'USER_NOT_FOUND',
          `no user ${JSON.stringify(idOrName.slice(0, 100))}: see \`vigocli users list\``,
        );
      const { user, sessions } = await repository.revoke(found.id, clock.now());
      onRevoked([user.token_hash, ...sessions]);
      return { user, sessionsEnded: sessions.length };
    },
  };
}

function requireName(name: string): void {
  if (!NAME.test(name))
    throw new VigoError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(name.slice(0, 100))} is no name for a user: expected 1 to 64 letters, digits, ".", "-", "_" and "@"`,
    );
  if (TAKEN.has(name.toLowerCase()))
    throw new VigoError('INVALID_ARGUMENT', `"${name}" stands for the server itself: choose another name`);
}
