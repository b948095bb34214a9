/** How far a hub that came back from a backup has got, on its disk. */
import type { Transaction } from 'kysely';
import type { Database } from './database.ts';
import type { ReconciledSpokesTable, RestorationsTable } from './hub-schema.ts';
import type { Schema } from './schema.ts';

export type RestorationRow = RestorationsTable;
export type ReconciledSpokeRow = ReconciledSpokesTable;

export interface RestorationRepository {
  /** The last one; undefined if this database never came from a backup. */
  load(): Promise<RestorationRow | undefined>;
  /** Spokes that are being reconciled or were. */
  spokes(): Promise<ReconciledSpokeRow[]>;
  /**
   * One transaction: the database is a restored one from now on, and what it must not go on with is gone. Enrolments under way are
   * forgotten, with the use of their tokens given back; running moves are cancelled; sessions end; and every epoch that is
   * given out later is above all that were given out since the backup, by up to `leap`.
   */
  begin(row: RestorationRow, leap: number, now: number): Promise<void>;
  spokeEnded(spoke: string, now: number): Promise<void>;
  end(restoredAt: string, now: number): Promise<void>;
}

const CANCELLED = 'the hub was restored from a backup: order the move once more';

export function createRestorationRepository(db: Database): RestorationRepository {
  return {
    async load() {
      const row = await db.selectFrom('restorations').selectAll().executeTakeFirst();
      return row && { ...row, ended_at: row.ended_at === null ? null : Number(row.ended_at) };
    },
    spokes: () => db.selectFrom('reconciled_spokes').selectAll().execute(),
    begin: (row, leap, now) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('restorations').execute();
        await trx.deleteFrom('reconciled_spokes').execute();
        await trx.deleteFrom('released_strangers').execute();
        await trx.insertInto('restorations').values(row).execute();
        await forgetEnrolments(trx);
        await trx
          .updateTable('move_items')
          .set({ state: 'cancelled', error: CANCELLED })
          .where('state', 'in', ['planned', 'adopting'])
          .execute();
        await trx
          .updateTable('moves')
          .set({ state: 'cancelled', ended_at: now })
          .where('state', '=', 'running')
          .execute();
        await trx
          .updateTable('placements')
          .set((eb) => ({ max_epoch: eb('max_epoch', '+', leap) }))
          .where('state', '=', 'active')
          .execute();
        await trx.deleteFrom('sessions').execute();
      }),
    async spokeEnded(spoke, now) {
      const none = { entered: 0, taken_over: 0, renewed: 0, revoked: 0 };
      await db
        .insertInto('reconciled_spokes')
        .values({ spoke_id: spoke, ...none, ended_at: now })
        .onConflict((conflict) => conflict.column('spoke_id').doUpdateSet({ ended_at: now }))
        .execute();
    },
    end: (restoredAt, now) =>
      db.transaction().execute(async (trx) => {
        await trx.updateTable('restorations').set({ ended_at: now }).where('restored_at', '=', restoredAt).execute();
        await trx.deleteFrom('released_strangers').execute();
      }),
  };
}

/** Without a word to their spokes: those that came about after the backup are served there, and will be claimed. */
async function forgetEnrolments(trx: Transaction<Schema>): Promise<void> {
  const rows = await trx.selectFrom('placements').select(['id', 'token_id']).where('state', '=', 'enrolling').execute();
  for (const { id, token_id } of rows) {
    await trx.deleteFrom('placements').where('id', '=', id).execute();
    await trx
      .updateTable('enrollment_tokens')
      .set((eb) => ({ uses_left: eb('uses_left', '+', 1) }))
      .where('id', '=', token_id)
      .whereRef('uses_left', '<', 'uses')
      .execute();
  }
}
