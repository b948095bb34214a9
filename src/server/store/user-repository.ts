/** Users on disk: of their tokens only hashes. Times in milliseconds since 1970 UTC. */
import { sql } from 'kysely';
import { VigoError } from '../../fleet/errors.ts';
import type { UsersTable } from './access-schema.ts';
import type { Database } from './database.ts';

export type UserRow = UsersTable;

export interface UserRepository {
  /** Throws `USER_EXISTS` while a user of this name is not revoked. */
  create(row: UserRow): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<UserRow[]>;
  findByToken(tokenHash: string): Promise<UserRow | undefined>;
  /** By id, or by name among those that are not revoked. */
  find(idOrName: string): Promise<UserRow | undefined>;
  /** Revokes the user and ends its sessions, whose hashes are returned. Revoking twice keeps the first time. */
  revoke(id: string, now: number): Promise<{ user: UserRow; sessions: string[] }>;
  /** Its token was used. */
  touch(tokenHash: string, now: number): Promise<void>;
}

export function createUserRepository(db: Database): UserRepository {
  const users = () => db.selectFrom('users').selectAll();
  return {
    async create(row) {
      const { numInsertedOrUpdatedRows: inserted } = await db
        .insertInto('users')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (!inserted)
        throw new VigoError(
          'USER_EXISTS',
          `a user "${row.name}" exists already: choose another name, or revoke it first`,
        );
    },
    async list(limit) {
      const rows = await users().orderBy('created_at', 'desc').orderBy('id').limit(limit).execute();
      return rows.map(withNumbers);
    },
    findByToken: async (hash) => optional(await users().where('token_hash', '=', hash).executeTakeFirst()),
    async find(idOrName) {
      const named = users()
        .where(sql<string>`lower(name)`, '=', idOrName.toLowerCase())
        .where('revoked_at', 'is', null);
      const row = await users().where('id', '=', idOrName).executeTakeFirst();
      return optional(row ?? (await named.executeTakeFirst()));
    },
    revoke: (id, now) =>
      db.transaction().execute(async (trx) => {
        await trx
          .updateTable('users')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .execute();
        const user = await trx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
        const ended = await trx
          .deleteFrom('sessions')
          .where('source', '=', user.token_hash)
          .returning('hash')
          .execute();
        return { user: withNumbers(user), sessions: ended.map(({ hash }) => hash) };
      }),
    async touch(hash, now) {
      await db.updateTable('users').set({ last_used_at: now }).where('token_hash', '=', hash).execute();
    },
  };
}

const optional = (row: UserRow | undefined): UserRow | undefined => row && withNumbers(row);

const numberOrNull = (value: number | null): number | null => (value === null ? null : Number(value));

const withNumbers = (row: UserRow): UserRow => ({
  ...row,
  created_at: Number(row.created_at),
  expires_at: numberOrNull(row.expires_at),
  last_used_at: numberOrNull(row.last_used_at),
  revoked_at: numberOrNull(row.revoked_at),
});
