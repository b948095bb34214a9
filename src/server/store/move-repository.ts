/** The move journal on disk. Each method that writes is one transaction, so that a crash leaves a step done or not begun. */
import { sql } from 'kysely';
import { chunksOf, type Database } from './database.ts';
import type { MoveItemsTable, MovesTable, SpokeNoticesTable } from './hub-schema.ts';

export type MoveRow = MovesTable;
export type MoveItem = MoveItemsTable;

export interface MoveProgress {
  readonly moved: number;
  readonly failed: number;
  readonly cancelled: number;
  /** planned or adopting */
  readonly open: number;
}

export interface MoveRepository {
  lastSeq(): Promise<number>;
  find(id: string): Promise<MoveRow | undefined>;
  list(limit: number, beforeSeq?: number): Promise<MoveRow[]>;
  running(): Promise<MoveRow[]>;
  progress(id: string): Promise<MoveProgress>;
  /** From where to where, with numbers. */
  legs(id: string): Promise<{ from: string; to: string; envoys: number }[]>;
  failedItems(id: string, limit: number): Promise<MoveItem[]>;
  /** The first, in order. */
  items(id: string, limit: number): Promise<MoveItem[]>;
  findItem(id: string, envoyId: string): Promise<MoveItem | undefined>;
  /** Items that are planned or adopting, in order. */
  openItems(id: string, limit?: number): Promise<MoveItem[]>;
  /** Step 1: the journal row, its items, and the epochs that they use up. */
  plan(move: MoveRow, items: readonly MoveItem[]): Promise<void>;
  /** Before step 2: from now on the target may have these. */
  beginAdoption(id: string, envoyIds: readonly string[]): Promise<void>;
  /** Step 3: the directory names the targets, and the sources have notices to release. */
  commit(move: MoveRow, items: readonly MoveItem[], notices: readonly SpokeNoticesTable[], now: number): Promise<void>;
  /** Items that will not be moved, with notices to targets that may have them under an epoch that is thereby void. */
  giveUp(
    items: readonly { item: MoveItem; state: 'failed' | 'cancelled'; error: string }[],
    notices: readonly SpokeNoticesTable[],
  ): Promise<void>;
  end(id: string, state: 'done' | 'incomplete' | 'cancelled', now: number): Promise<void>;
}

async function eachChunk<T>(rows: readonly T[], write: (chunk: T[]) => Promise<unknown>): Promise<void> {
  for (const chunk of chunksOf(rows)) await write(chunk);
}

export function createMoveRepository(db: Database): MoveRepository {
  const OPEN = ['planned', 'adopting'] as const;
  return {
    async lastSeq() {
      const row = await db
        .selectFrom('moves')
        .select((eb) => eb.fn.max('seq').as('seq'))
        .executeTakeFirst();
      return Number(row?.seq ?? 0);
    },
    find: (id) => db.selectFrom('moves').selectAll().where('id', '=', id).executeTakeFirst(),
    list: (limit, beforeSeq) =>
      db
        .selectFrom('moves')
        .selectAll()
        .$if(beforeSeq !== undefined, (query) => query.where('seq', '<', beforeSeq as number))
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute(),
    running: () => db.selectFrom('moves').selectAll().where('state', '=', 'running').orderBy('seq').execute(),
    async progress(id) {
      const rows = await db
        .selectFrom('move_items')
        .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
        .where('move_id', '=', id)
        .groupBy('state')
        .execute();
      const count = (state: MoveItem['state']) => Number(rows.find((row) => row.state === state)?.count ?? 0);
      return {
        moved: count('moved'),
        failed: count('failed'),
        cancelled: count('cancelled'),
        open: count('planned') + count('adopting'),
      };
    },
    async legs(id) {
      const rows = await db
        .selectFrom('move_items')
        .select((eb) => ['from_spoke', 'to_spoke', eb.fn.countAll<number>().as('count')])
        .where('move_id', '=', id)
        .groupBy(['from_spoke', 'to_spoke'])
        .orderBy('from_spoke')
        .orderBy('to_spoke')
        .execute();
      return rows.map((row) => ({ from: row.from_spoke, to: row.to_spoke, envoys: Number(row.count) }));
    },
    failedItems: (id, limit) =>
      db
        .selectFrom('move_items')
        .selectAll()
        .where('move_id', '=', id)
        .where('state', 'in', ['failed', 'cancelled'])
        .orderBy('position')
        .limit(limit)
        .execute(),
    items: (id, limit) =>
      db.selectFrom('move_items').selectAll().where('move_id', '=', id).orderBy('position').limit(limit).execute(),
    findItem: (id, envoyId) =>
      db
        .selectFrom('move_items')
        .selectAll()
        .where('move_id', '=', id)
        .where('envoy_id', '=', envoyId)
        .executeTakeFirst(),
    openItems: (id, limit) =>
      db
        .selectFrom('move_items')
        .selectAll()
        .where('move_id', '=', id)
        .where('state', 'in', OPEN)
        .orderBy('position')
        .$if(limit !== undefined, (query) => query.limit(limit as number))
        .execute(),

    plan: (move, items) =>
      db.transaction().execute(async (trx) => {
        await trx.insertInto('moves').values(move).execute();
        await eachChunk(items, (chunk) => trx.insertInto('move_items').values(chunk).execute());
        await sql`update placements set max_epoch = (select epoch from move_items where move_id = ${move.id} and envoy_id = placements.id)
                  where id in (select envoy_id from move_items where move_id = ${move.id})`.execute(trx);
      }),

    beginAdoption: (id, envoyIds) =>
      db
        .transaction()
        .execute((trx) =>
          eachChunk(envoyIds, (chunk) =>
            trx
              .updateTable('move_items')
              .set({ state: 'adopting' })
              .where('move_id', '=', id)
              .where('envoy_id', 'in', chunk)
              .where('state', 'in', OPEN)
              .execute(),
          ),
        ),

    commit: (move, items, notices, now) =>
      db.transaction().execute(async (trx) => {
        await eachChunk(items, async (chunk) => {
          const ids = chunk.map((item) => item.envoy_id);
          const itemOf = sql`from move_items where move_id = ${move.id} and envoy_id = placements.id`;
          await trx
            .updateTable('placements')
            .set({ spoke_id: sql<string>`(select to_spoke ${itemOf})`, epoch: sql<number>`(select epoch ${itemOf})` })
            .where('id', 'in', ids)
            .execute();
          await trx
            .updateTable('move_items')
            .set({ state: 'moved' })
            .where('move_id', '=', move.id)
            .where('envoy_id', 'in', ids)
            .execute();
          await trx
            .insertInto('placement_history')
            .values(
              chunk.map((item) => ({
                envoy_id: item.envoy_id,
                epoch: item.epoch,
                spoke_id: item.to_spoke,
                at: now,
                reason: move.reason,
                move_id: move.id,
              })),
            )
            .execute();
        });
        await eachChunk(notices, (chunk) => trx.insertInto('spoke_notices').values(chunk).execute());
      }),

    giveUp: (entries, notices) =>
      db.transaction().execute(async (trx) => {
        for (const { item, state, error } of entries) {
          await trx
            .updateTable('move_items')
            .set({ state, error })
            .where('move_id', '=', item.move_id)
            .where('envoy_id', '=', item.envoy_id)
            .execute();
        }
        for (const notice of notices) {
          await trx
            .updateTable('placements')
            .set({ max_epoch: notice.epoch })
            .where('id', '=', notice.envoy_id)
            .where('max_epoch', '<', notice.epoch)
            .execute();
        }
        await eachChunk(notices, (chunk) => trx.insertInto('spoke_notices').values(chunk).execute());
      }),

    async end(id, state, now) {
      await db.updateTable('moves').set({ state, ended_at: now }).where('id', '=', id).execute();
    },
  };
}
