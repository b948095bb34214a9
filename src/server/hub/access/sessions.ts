/** Sessions on the web: begun with a token or by an identity provider, ended by time, by leaving, or by an administrator. */
import { randomUUID } from 'node:crypto';
import { VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { OperatorRole } from '../../platform/admin-roles.ts';
import type { EndedSessions, SessionRepository, SessionRow } from '../../store/session-repository.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { newSecret, storedHash } from './api-token.ts';

/** Who begins a session, and by what. */
export interface NewSession {
  readonly userName: string;
  readonly role: OperatorRole;
  readonly method: 'token' | 'oidc';
  /** The hash of the token, or the issuer: the session ends with it. */
  readonly source: string;
  /** The session ends then at the latest, milliseconds since 1970 UTC. */
  readonly endsBefore?: number | undefined;
  /** Address from which it is begun. */
  readonly origin: string;
}

export interface Sessions {
  /** `secret` is what the cookie holds. */
  begin(wish: NewSession): Promise<{ secret: string; session: SessionRow }>;
  /** Those that have not ended, newest first. */
  list(): Promise<SessionRow[]>;
  /** Throws SESSION_NOT_FOUND. */
  revoke(id: string): Promise<SessionRow>;
  /** Who leaves; undefined if there was no such session. */
  leave(secret: string): Promise<SessionRow | undefined>;
  /** Until when a session is good if it is not used any more, milliseconds since 1970 UTC. */
  goodUntil(session: SessionRow): number;
}

export interface SessionsOptions {
  readonly repository: SessionRepository;
  /** A session ends so long after it was begun, milliseconds. */
  readonly ttlMs: number;
  /** And so long after it was last used. */
  readonly idleMs: number;
  /** Told of sessions that ended before their time, by hash. */
  readonly onEnded: (hashes: readonly string[]) => void;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Browsers and devices of one person; a script that signs in again and again ends its own oldest sessions. */
const MOST_PER_USER = 50;
const MAX_LISTED = 1_000;

export function createSessions({ repository, ttlMs, idleMs, onEnded, audit, clock }: SessionsOptions): Sessions {
  const ended = (): EndedSessions => ({ expiredAt: clock.now(), unusedSince: clock.now() - idleMs });
  return {
    async begin({ userName, role, method, source, endsBefore = Number.POSITIVE_INFINITY, origin }) {
      const secret = newSecret();
      const now = clock.now();
      const session: SessionRow = {
        id: randomUUID(),
        hash: storedHash(secret),
        user_name: userName,
        role,
        method,
        source,
        created_at: now,
        expires_at: Math.min(now + ttlMs, endsBefore),
        last_used_at: now,
        origin,
      };
      onEnded(await repository.begin(session, ended(), MOST_PER_USER));
      await audit.record({
        actor: userName,
        action: 'session.begin',
        subject: session.id,
        detail: `signed in by ${method}`,
        origin: `${origin} (web)`,
      });
      return { secret, session };
    },
    list: () => repository.list(ended(), MAX_LISTED),
    async revoke(id) {
      const session = await repository.end({ id });
      if (!session)
        throw new VigoError('SESSION_NOT_FOUND', `no session ${JSON.stringify(id.slice(0, 100))}: it may have ended`);
      onEnded([session.hash]);
      return session;
    },
    async leave(secret) {
      const session = await repository.end({ hash: storedHash(secret) });
      if (!session) return undefined;
      onEnded([session.hash]);
      const detail = 'signed out on the web';
      await audit.record({ actor: session.user_name, action: 'session.end', subject: session.id, detail });
      return session;
    },
    goodUntil: (session) => Math.min(session.expires_at, session.last_used_at + idleMs),
  };
}
