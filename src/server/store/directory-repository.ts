/** The hub's directory on disk: placements, their history, and the enrolment tokens that make them. */
import type { Transaction } from 'kysely';
import { chunksOf, type Database } from './database.ts';
import type { PlacementHistoryTable, PlacementsTable } from './hub-schema.ts';
import type { Schema } from './schema.ts';
import { usableToken } from './token-repository.ts';

export type PlacementRow = PlacementsTable;

/** A placement without its key, which only enrolment, `Locate` and moves need. */
export type PlacementSummary = Omit<PlacementsTable, 'public_key' | 'revoked_at' | 'token_id'>;

/** An envoy whose place is taken, and the spokes that have to be told. */
export interface Replaced {
  readonly id: string;
  readonly notices: readonly { readonly spoke: string; readonly seq: number }[];
}

export interface DirectoryRepository {
  /** All envoys that are not revoked. */
  loadLive(): Promise<PlacementSummary[]>;
  find(id: string): Promise<PlacementRow | undefined>;
  publicKeys(ids: readonly string[]): Promise<Map<string, Uint8Array>>;
  history(id: string): Promise<PlacementHistoryTable[]>;
  /** One transaction: takes one use of the token and reserves the placement. Throws what the token or the host name forbids. */
  reserve(row: PlacementRow, tokenHash: string, now: number): Promise<void>;
  /** The spoke has the record: the envoy exists from now on. `replaces` is revoked in the same transaction. */
  activate(id: string, now: number, replaces?: Replaced): Promise<void>;
  /** Takes a reservation back, with the use of its token; the spoke is told in case it has the record. False, and nothing
   * is changed, if it is no reservation any more. */
  abandon(row: { id: string; spoke: string; epoch: number; noticeSeq: number }): Promise<boolean>;
  /** Nobody else is promised this epoch. */
  reserveEpoch(id: string, epoch: number): Promise<void>;
  /** The owner serves it under this epoch from now on. */
  renewEpoch(id: string, epoch: number): Promise<void>;
  /** Revokes an envoy and leaves notices for the spokes that may serve it. */
  revoke(row: {
    id: string;
    epoch: number;
    now: number;
    notices: readonly { spoke: string; seq: number }[];
  }): Promise<void>;
}

/** Throws TOKEN_* unless the token can be used at `now`; then takes one use. Returns its id. */
async function takeTokenUse(trx: Transaction<Schema>, hash: string, now: number): Promise<string> {
  const found = await trx.selectFrom('enrollment_tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
  const token = usableToken(found, now);
  await trx
    .updateTable('enrollment_tokens')
    .set({ uses_left: token.uses_left - 1 })
    .where('id', '=', token.id)
    .execute();
  return token.id;
}

const revokeNotice = (seq: number, spoke: string, envoy: string, epoch: number) => ({
  seq,
  spoke_id: spoke,
  envoy_id: envoy,
  kind: 'revoke' as const,
  target_spoke: null,
  epoch,
  move_id: null,
});

export function createDirectoryRepository(db: Database): DirectoryRepository {
  const markRevoked = (trx: Transaction<Schema>, id: string, now: number) =>
    trx.updateTable('placements').set({ state: 'revoked', revoked_at: now }).where('id', '=', id).execute();

  return {
    loadLive: () =>
      db
        .selectFrom('placements')
        .select(['id', 'hostname', 'spoke_id', 'epoch', 'max_epoch', 'state', 'enrolled_at'])
        .where('state', '<>', 'revoked')
        // In the order of lists, so that a list walks through memory as it lies there.
        .orderBy('hostname')
        .execute(),

    find: (id) => db.selectFrom('placements').selectAll().where('id', '=', id).executeTakeFirst(),

    async publicKeys(ids) {
      const keys = new Map<string, Uint8Array>();
      for (const chunk of chunksOf(ids)) {
        const rows = await db.selectFrom('placements').select(['id', 'public_key']).where('id', 'in', chunk).execute();
        for (const row of rows) keys.set(row.id, row.public_key);
      }
      return keys;
    },

    history: (id) =>
      db
        .selectFrom('placement_history')
        .selectAll()
        .where('envoy_id', '=', id)
        .orderBy('epoch', 'desc')
        .limit(100)
        .execute(),

    reserve: (row, tokenHash, now) =>
      db.transaction().execute(async (trx) => {
        const tokenId = await takeTokenUse(trx, tokenHash, now);
        await trx
          .insertInto('placements')
          .values({ ...row, token_id: tokenId })
          .execute();
      }),

    activate: (id, now, replaces) =>
      db.transaction().execute(async (trx) => {
        if (replaces) {
          await markRevoked(trx, replaces.id, now);
          const notices = replaces.notices.map(({ spoke, seq }) => revokeNotice(seq, spoke, replaces.id, 0));
          await trx.insertInto('spoke_notices').values(notices).execute();
        }
        await trx.updateTable('placements').set({ state: 'active' }).where('id', '=', id).execute();
        const row = await trx
          .selectFrom('placements')
          .select(['spoke_id', 'epoch'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        await trx
          .insertInto('placement_history')
          .values({
            envoy_id: id,
            epoch: row.epoch,
            spoke_id: row.spoke_id,
            at: now,
            reason: 'enrolled',
            move_id: null,
          })
          .execute();
      }),

    abandon: (row) =>
      db.transaction().execute(async (trx) => {
        const found = await trx
          .selectFrom('placements')
          .select(['token_id', 'state'])
          .where('id', '=', row.id)
          .executeTakeFirst();
        if (found?.state !== 'enrolling') return false;
        await trx.deleteFrom('placements').where('id', '=', row.id).execute();
        await trx
          .updateTable('enrollment_tokens')
          .set((eb) => ({ uses_left: eb('uses_left', '+', 1) }))
          .where('id', '=', found.token_id)
          .whereRef('uses_left', '<', 'uses')
          .execute();
        await trx
          .insertInto('spoke_notices')
          .values(revokeNotice(row.noticeSeq, row.spoke, row.id, row.epoch))
          .execute();
        return true;
      }),

    async reserveEpoch(id, epoch) {
      await db.updateTable('placements').set({ max_epoch: epoch }).where('id', '=', id).execute();
    },

    async renewEpoch(id, epoch) {
      await db.updateTable('placements').set({ epoch }).where('id', '=', id).execute();
    },

    revoke: (row) =>
      db.transaction().execute(async (trx) => {
        await markRevoked(trx, row.id, row.now);
        const notices = row.notices.map(({ spoke, seq }) => revokeNotice(seq, spoke, row.id, row.epoch));
        await trx.insertInto('spoke_notices').values(notices).execute();
      }),
  };
}
