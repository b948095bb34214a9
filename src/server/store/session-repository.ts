/** Sessions on the web: of what their cookies hold only hashes. A session that ends loses its row. */

import type { SessionsTable } from './access-schema.ts';
import type { Database } from './database.ts';

export type SessionRow = SessionsTable;

/** A session, and the user whose token it was begun with; that one is absent for all other sessions. */
export interface SessionWithUser {
  readonly session: SessionRow;
  readonly user:
    | { readonly id: string; readonly expiresAt: number | null; readonly revokedAt: number | null }
    | undefined;
}

/** Sessions that ended by themselves: past their end, or not used for too long. Milliseconds since 1970 UTC. */
export interface EndedSessions {
  readonly expiredAt: number;
  readonly unusedSince: number;
}

export interface SessionRepository {
  /** Ends sessions that live by none of `sources` and by no user's token. */
  keepOnly(sources: readonly string[]): Promise<void>;
  /**
   * Removes what has ended by itself and begins a session. If its user has more than `most` then, the oldest end: their hashes
   * are returned.
   */
  begin(row: SessionRow, ended: EndedSessions, most: number): Promise<string[]>;
  find(hash: string): Promise<SessionWithUser | undefined>;
  /** Those that have not ended, newest first. */
  list(ended: EndedSessions, limit: number): Promise<SessionRow[]>;
  /** Undefined if there is none. */
  end(by: { readonly id: string } | { readonly hash: string }): Promise<SessionRow | undefined>;
  touch(hash: string, now: number): Promise<void>;
}

export function createSessionRepository(db: Database): SessionRepository {
  return {
    async keepOnly(sources) {
      await db
        .deleteFrom('sessions')
        .where('source', 'not in', [...sources, ''])
        .where('source', 'not in', (query) =>
          query.selectFrom('users').select('token_hash').where('revoked_at', 'is', null),
        )
        .execute();
    },
    begin: (row, ended, most) =>
      db.transaction().execute(async (trx) => {
        await trx
          .deleteFrom('sessions')
          .where((has) =>
            has.or([has('expires_at', '<=', ended.expiredAt), has('last_used_at', '<=', ended.unusedSince)]),
          )
          .execute();
        await trx.insertInto('sessions').values(row).execute();
        const own = await trx
          .selectFrom('sessions')
          .select('hash')
          .where('source', '=', row.source)
          .where('user_name', '=', row.user_name)
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .execute();
        const surplus = own.slice(most).map(({ hash }) => hash);
        if (surplus.length > 0) await trx.deleteFrom('sessions').where('hash', 'in', surplus).execute();
        return surplus;
      }),
    async find(hash) {
      const row = await db
        .selectFrom('sessions')
        .leftJoin('users', 'users.token_hash', 'sessions.source')
        .selectAll('sessions')
        .select(['users.id as owner', 'users.expires_at as owner_expires_at', 'users.revoked_at as owner_revoked_at'])
        .where('sessions.hash', '=', hash)
        .executeTakeFirst();
      if (!row) return undefined;
      const { owner, owner_expires_at: expiresAt, owner_revoked_at: revokedAt, ...session } = row;
      return {
        session: withNumbers(session),
        user:
          owner === null
            ? undefined
            : { id: owner, expiresAt: numberOrNull(expiresAt), revokedAt: numberOrNull(revokedAt) },
      };
    },
    async list(ended, limit) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('expires_at', '>', ended.expiredAt)
        .where('last_used_at', '>', ended.unusedSince)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(withNumbers);
    },
    async end(by) {
      const [column, value] = 'id' in by ? (['id', by.id] as const) : (['hash', by.hash] as const);
      const row = await db.deleteFrom('sessions').where(column, '=', value).returningAll().executeTakeFirst();
      return row && withNumbers(row);
    },
    async touch(hash, now) {
      await db.updateTable('sessions').set({ last_used_at: now }).where('hash', '=', hash).execute();
    },
  };
}

const numberOrNull = (value: number | null): number | null => (value === null ? null : Number(value));

const withNumbers = (row: SessionRow): SessionRow => ({
  ...row,
  created_at: Number(row.created_at),
  expires_at: Number(row.expires_at),
  last_used_at: Number(row.last_used_at),
});
