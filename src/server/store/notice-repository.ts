/** What spokes have still to be told, on disk: the hub's outbox. */
import { chunksOf, type Database } from './database.ts';
import type { SpokeNoticesTable } from './hub-schema.ts';

export type Notice = SpokeNoticesTable;

export interface NoticeRepository {
  /** Highest seq ever seen, 0 if none: notices are numbered by the hub, which is the only writer. */
  lastSeq(): Promise<number>;
  /** One transaction. */
  add(notices: readonly Notice[]): Promise<void>;
  /** Number of undelivered notices per spoke. */
  counts(): Promise<Map<string, number>>;
  /** The oldest undelivered notices of a spoke. */
  next(spoke: string, limit: number): Promise<Notice[]>;
  /** Undelivered releases of a move. */
  pendingOfMove(moveId: string): Promise<number>;
  /** The spoke has confirmed these. */
  delivered(seqs: readonly number[]): Promise<void>;
}

export function createNoticeRepository(db: Database): NoticeRepository {
  return {
    async lastSeq() {
      const row = await db
        .selectFrom('spoke_notices')
        .select((eb) => eb.fn.max('seq').as('seq'))
        .executeTakeFirst();
      return Number(row?.seq ?? 0);
    },
    async add(notices) {
      if (notices.length === 0) return;
      await db.transaction().execute(async (trx) => {
        for (const part of chunksOf(notices)) await trx.insertInto('spoke_notices').values(part).execute();
      });
    },
    async counts() {
      const rows = await db
        .selectFrom('spoke_notices')
        .select((eb) => ['spoke_id', eb.fn.countAll<number>().as('count')])
        .groupBy('spoke_id')
        .execute();
      return new Map(rows.map((row) => [row.spoke_id, Number(row.count)]));
    },
    next: (spoke, limit) =>
      db.selectFrom('spoke_notices').selectAll().where('spoke_id', '=', spoke).orderBy('seq').limit(limit).execute(),
    async pendingOfMove(moveId) {
      const row = await db
        .selectFrom('spoke_notices')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('move_id', '=', moveId)
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    async delivered(seqs) {
      if (seqs.length === 0) return;
      await db.deleteFrom('spoke_notices').where('seq', 'in', seqs).execute();
    },
  };
}
