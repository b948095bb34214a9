/**
 * Whom a credential belongs to, and whether it is still good. The database is asked at every call, so that whoever is revoked
 * is stopped by the next one.
 */
import { VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import { type Account, type Authority, type ShownCredential, sameHash } from '../../platform/admin-auth.ts';
import type { SessionRepository, SessionWithUser } from '../../store/session-repository.ts';
import type { UserRepository, UserRow } from '../../store/user-repository.ts';
import type { CredentialEnds } from './credential-ends.ts';
import type { LastUsed } from './last-used.ts';
import type { Sessions } from './sessions.ts';

export interface AuthorityOptions {
  /** SHA-256 of the token in the server's own data directory. */
  readonly adminToken: Buffer;
  /** The identity provider whose sessions are good; undefined: none. */
  readonly issuer: string | undefined;
  readonly users: Pick<UserRepository, 'findByToken'>;
  readonly sessions: Pick<SessionRepository, 'find'> & Pick<Sessions, 'goodUntil'>;
  readonly ends: CredentialEnds;
  readonly tokenUsed: LastUsed;
  readonly sessionUsed: LastUsed;
  readonly clock: Pick<Clock, 'now'>;
}

/** What is known about a credential that is good. */
interface Found {
  readonly account: Account;
  /** It has to be looked at again then, milliseconds since 1970 UTC; undefined: never. */
  readonly goodUntil: number | undefined;
  /** Last use that is written; undefined where none is. */
  readonly lastUsedAt?: number | null;
}

export function createAuthority(options: AuthorityOptions): Authority {
  const { adminToken, users, sessions, ends, clock } = options;
  const adminHash = adminToken.toString('hex');

  const findToken = async (hash: Buffer): Promise<Found> => {
    if (sameHash(hash, adminToken))
      return { account: { name: 'admin', role: 'admin', credential: 'admin-token' }, goodUntil: undefined };
    const user = usableUser(await users.findByToken(hash.toString('hex')), clock.now());
    const expiresAt = user.expires_at ?? undefined;
    return {
      account: { name: user.name, role: user.role, credential: 'token', expiresAt, userId: user.id },
      goodUntil: expiresAt,
      lastUsedAt: user.last_used_at,
    };
  };

  const findSession = async (hash: Buffer): Promise<Found> => {
    const found = await sessions.find(hash.toString('hex'));
    const now = clock.now();
    const goodUntil = found && sessions.goodUntil(found.session);
    if (!found || goodUntil === undefined || goodUntil <= now || !isVouchedFor(found, now))
      throw new VigoError('UNAUTHENTICATED', 'the session has ended: sign in again');
    const { session, user } = found;
    return {
      account: {
        name: session.user_name,
        role: session.role,
        credential: 'session',
        expiresAt: session.expires_at,
        userId: user?.id,
        sessionId: session.id,
      },
      goodUntil,
      lastUsedAt: session.last_used_at,
    };
  };

  /** What the session was begun by is still good. */
  const isVouchedFor = ({ session, user }: SessionWithUser, now: number): boolean => {
    if (user) return user.revokedAt === null && (user.expiresAt === null || user.expiresAt > now);
    return session.source === (session.method === 'oidc' ? options.issuer : adminHash);
  };

  const find = ({ kind, hash }: ShownCredential) => (kind === 'token' ? findToken(hash) : findSession(hash));
  return {
    async identify(shown) {
      const { account, lastUsedAt } = await find(shown);
      const used = shown.kind === 'token' ? options.tokenUsed : options.sessionUsed;
      if (lastUsedAt !== undefined) used.used(shown.hash.toString('hex'), lastUsedAt);
      return account;
    },
    follow: (shown) => ends.follow(shown.hash.toString('hex'), async () => (await find(shown)).goodUntil),
  };
}

function usableUser(user: UserRow | undefined, now: number): UserRow {
  const refuse = (why: string): never => {
    throw new VigoError('UNAUTHENTICATED', why);
  };
  if (!user) return refuse('the server does not know this token: check --token, VIGO_TOKEN or the admin-token file');
  if (user.revoked_at !== null)
    return refuse(`the token of ${user.name} was revoked: ask an administrator for a new one`);
  if (user.expires_at !== null && user.expires_at <= now)
    return refuse(`the token of ${user.name} has expired: ask an administrator for a new one`);
  return user;
}
