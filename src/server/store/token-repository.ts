/** Enrolment and join tokens on disk: only hashes of them. */
import { VigoError } from '../../fleet/errors.ts';
import type { EnrollmentTokensTable, JoinTokensTable } from './access-schema.ts';
import type { Database } from './database.ts';

export type EnrollmentTokenRow = EnrollmentTokensTable;

export interface TokenRepository {
  createEnrollmentToken(row: EnrollmentTokenRow): Promise<void>;
  /** Newest first. */
  listEnrollmentTokens(limit: number): Promise<EnrollmentTokenRow[]>;
  findEnrollmentToken(hash: string): Promise<EnrollmentTokenRow | undefined>;
  /** Throws TOKEN_* unless one may enrol with it at `now`. Takes no use. */
  requireUsable(hash: string, now: number): Promise<void>;
  /** Throws `TOKEN_NOT_FOUND`. Revoking twice keeps the first time. */
  revokeEnrollmentToken(id: string, now: number): Promise<EnrollmentTokenRow>;
  createJoinToken(row: JoinTokensTable): Promise<void>;
  /** Binds the token to the first key that shows it; the same key may come again. Throws TOKEN_*. */
  useJoinToken(use: { hash: string; spokeId: string; keyHash: string; now: number }): Promise<void>;
}

/** The token, if one may enrol with it at `now`. Throws TOKEN_INVALID, TOKEN_REVOKED, TOKEN_EXPIRED, TOKEN_EXHAUSTED. */
export function usableToken(token: EnrollmentTokenRow | undefined, now: number): EnrollmentTokenRow {
  const remedy = 'make a new one on the hub with `vigocli tokens create`';
  if (!token) throw new VigoError('TOKEN_INVALID', `the hub does not know this enrolment token: ${remedy}`);
  if (token.revoked_at !== null) throw new VigoError('TOKEN_REVOKED', `this enrolment token was revoked: ${remedy}`);
  if (token.expires_at <= now) throw new VigoError('TOKEN_EXPIRED', `this enrolment token has expired: ${remedy}`);
  if (token.uses_left < 1)
    throw new VigoError('TOKEN_EXHAUSTED', `all ${token.uses} uses of this enrolment token are taken: ${remedy}`);
  return token;
}

export function createTokenRepository(db: Database): TokenRepository {
  const find = (hash: string) =>
    db.selectFrom('enrollment_tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
  return {
    async createEnrollmentToken(row) {
      await db.insertInto('enrollment_tokens').values(row).execute();
    },
    listEnrollmentTokens: (limit) =>
      db.selectFrom('enrollment_tokens').selectAll().orderBy('created_at', 'desc').orderBy('id').limit(limit).execute(),
    findEnrollmentToken: (hash) => find(hash),
    async requireUsable(hash, now) {
      usableToken(await find(hash), now);
    },
    revokeEnrollmentToken: (id, now) =>
      db.transaction().execute(async (trx) => {
        await trx
          .updateTable('enrollment_tokens')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .execute();
        const row = await trx.selectFrom('enrollment_tokens').selectAll().where('id', '=', id).executeTakeFirst();
        if (!row) throw new VigoError('TOKEN_NOT_FOUND', `no enrolment token "${id}": see \`vigocli tokens list\``);
        return row;
      }),
    async createJoinToken(row) {
      await db.insertInto('join_tokens').values(row).execute();
    },
    useJoinToken: (use) =>
      db.transaction().execute(async (trx) => {
        const token = await trx.selectFrom('join_tokens').selectAll().where('hash', '=', use.hash).executeTakeFirst();
        const remedy = `make a new one on the hub with \`vigocli spanner join-token ${use.spokeId}\``;
        if (!token) throw new VigoError('TOKEN_INVALID', `the hub does not know this join token: ${remedy}`);
        if (token.spoke_id !== use.spokeId) {
          throw new VigoError(
            'TOKEN_INVALID',
            `this join token was made for spoke "${token.spoke_id}", not for "${use.spokeId}": ${remedy}`,
          );
        }
        if (token.expires_at <= use.now) throw new VigoError('TOKEN_EXPIRED', `this join token has expired: ${remedy}`);
        if (token.used_by_key !== null && token.used_by_key !== use.keyHash) {
          throw new VigoError('TOKEN_EXHAUSTED', `this join token has been used already: ${remedy}`);
        }
        await trx.updateTable('join_tokens').set({ used_by_key: use.keyHash }).where('hash', '=', use.hash).execute();
      }),
  };
}
