/** Who may use `AdminService`: the token in the data directory, users with tokens of their own, sessions on the web. */
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { AuthConfig } from '../../config/server-config.ts';
import { type Account, type Authority, secretHash } from '../../platform/admin-auth.ts';
import type { Database } from '../../store/database.ts';
import { createSessionRepository } from '../../store/session-repository.ts';
import { createUserRepository } from '../../store/user-repository.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { createAuthority } from './authority.ts';
import { createCredentialEnds } from './credential-ends.ts';
import { createLastUsed } from './last-used.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createUsers, type Users } from './users.ts';

export interface AccessOptions {
  readonly config: Pick<AuthConfig, 'sessionTtlMs' | 'sessionIdleMs' | 'oidc'>;
  readonly database: Database;
  /** The token in the server's own data directory. */
  readonly adminToken: string;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Access {
  readonly authority: Authority;
  readonly users: Users;
  readonly sessions: Sessions;
  /** Begins a session with a token. Throws UNAUTHENTICATED. */
  signIn(token: string, origin: string): Promise<{ secret: string; expiresAt: number; account: Account }>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** That often the last use of a credential is written at most. */
const LAST_USED_EVERY_MS = 60_000;

/** Ends the sessions that were begun by a token or a provider that is not good any more. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { config, clock, logger } = options;
  const userRows = createUserRepository(options.database);
  const sessionRows = createSessionRepository(options.database);
  const adminToken = secretHash(options.adminToken);
  const issuer = config.oidc?.issuer;
  await sessionRows.keepOnly([adminToken.toString('hex'), ...(issuer === undefined ? [] : [issuer])]);

  const ends = createCredentialEnds({ clock });
  const users = createUsers({ repository: userRows, onRevoked: ends.changed, clock });
  const sessions = createSessions({
    repository: sessionRows,
    ttlMs: config.sessionTtlMs,
    idleMs: config.sessionIdleMs,
    onEnded: ends.changed,
    audit: options.audit,
    clock,
  });
  const lastUsed = (everyMs: number, touch: (hash: string, now: number) => Promise<void>) =>
    createLastUsed({ everyMs, touch, clock, logger });
  const tokenUsed = lastUsed(LAST_USED_EVERY_MS, userRows.touch);
  // What is not written does not count against the time without use: that must be small beside it.
  const sessionUsed = lastUsed(Math.min(LAST_USED_EVERY_MS, config.sessionIdleMs / 10), sessionRows.touch);
  const authority = createAuthority({
    adminToken,
    issuer,
    users: userRows,
    sessions: { find: sessionRows.find, goodUntil: sessions.goodUntil },
    ends,
    tokenUsed,
    sessionUsed,
    clock,
  });

  return {
    authority,
    users,
    sessions,
    async signIn(token, origin) {
      const hash = secretHash(token);
      const account = await authority.identify({ kind: 'token', hash });
      const { secret, session } = await sessions.begin({
        userName: account.name,
        role: account.role,
        method: 'token',
        source: hash.toString('hex'),
        endsBefore: account.expiresAt,
        origin,
      });
      return { secret, expiresAt: session.expires_at, account };
    },
    async close() {
      await Promise.all([tokenUsed.settled(), sessionUsed.settled()]);
    },
  };
}
