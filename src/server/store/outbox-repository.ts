/** What endpoints have still to be told, on the hub's disk. */
import type { Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { NotificationsTable } from './hub-schema.ts';
import type { Schema } from './schema.ts';

export type NotificationRow = NotificationsTable;
export type NewNotification = Pick<NotificationRow, 'id' | 'endpoint' | 'lane' | 'type' | 'spoke_id' | 'body'>;

/** What stays of what cannot be delivered. */
export interface OutboxBounds {
  /** Dead ones from before go, milliseconds since 1970 UTC. */
  readonly deadSince: number;
  /** So many of one endpoint at most: dead ones go first, then the oldest. */
  readonly most: number;
}

/** Whether others have been told that a spoke is offline. */
export interface SpokeMark {
  readonly spoke: string;
  readonly offline: boolean;
}

export interface NotificationQuery {
  readonly state?: NotificationRow['state'] | undefined;
  /** Only those before this number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface OutboxRepository {
  /** In one transaction: all of it, in this order, and the mark. Resolves with how many others had to go for it. */
  add(rows: readonly NewNotification[], now: number, bounds: OutboxBounds, mark?: SpokeMark): Promise<number>;
  /** The first pending one of every lane. */
  heads(): Promise<NotificationRow[]>;
  delivered(id: string): Promise<void>;
  failed(id: string, change: Pick<NotificationRow, 'state' | 'tries' | 'next_at' | 'last_error'>): Promise<void>;
  /** Undefined if there is none. */
  retry(id: string, now: number): Promise<NotificationRow | undefined>;
  /** Newest first. */
  list(query: NotificationQuery): Promise<NotificationRow[]>;
  counts(): Promise<{ readonly pending: number; readonly dead: number }>;
  /** Removes what is for nobody any more; how many. */
  keepOnly(endpoints: readonly string[]): Promise<number>;
  offlineSpokes(): Promise<string[]>;
}

export function createOutboxRepository(db: Database): OutboxRepository {
  return {
    add: (rows, now, bounds, mark) =>
      db.transaction().execute(async (trx) => {
        if (mark) await setMark(trx, mark, now);
        const last = await trx
          .selectFrom('notifications')
          .select(({ fn }) => fn.max('seq').as('seq'))
          .executeTakeFirst();
        let seq = Number(last?.seq ?? 0);
        let gone = 0;
        for (const row of rows) {
          const fresh = { state: 'pending', tries: 0, next_at: now, last_error: '' } as const;
          await trx
            .insertInto('notifications')
            .values({ ...row, ...fresh, seq: ++seq, created_at: now })
            .execute();
        }
        for (const endpoint of new Set(rows.map((row) => row.endpoint))) gone += await prune(trx, endpoint, bounds);
        return gone;
      }),
    async heads() {
      const rows = await db
        .selectFrom('notifications')
        .selectAll()
        .where('seq', 'in', (query) =>
          query
            .selectFrom('notifications')
            .select(({ fn }) => fn.min('seq').as('seq'))
            .where('state', '=', 'pending')
            .groupBy(['endpoint', 'lane']),
        )
        .orderBy('seq')
        .execute();
      return rows.map(withNumbers);
    },
    async delivered(id) {
      await db.deleteFrom('notifications').where('id', '=', id).execute();
    },
    async failed(id, change) {
      await db.updateTable('notifications').set(change).where('id', '=', id).execute();
    },
    async retry(id, now) {
      const row = await db
        .updateTable('notifications')
        .set({ state: 'pending', tries: 0, next_at: now })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      return row && withNumbers(row);
    },
    async list({ state, before, limit }) {
      const rows = await db
        .selectFrom('notifications')
        .selectAll()
        .$if(state !== undefined, (query) => query.where('state', '=', state as NotificationRow['state']))
        .$if(before !== undefined, (query) => query.where('seq', '<', before as number))
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      return rows.map(withNumbers);
    },
    async counts() {
      const rows = await db
        .selectFrom('notifications')
        .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
        .groupBy('state')
        .execute();
      const count = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0);
      return { pending: count('pending'), dead: count('dead') };
    },
    async keepOnly(endpoints) {
      const { numDeletedRows } = await db
        .deleteFrom('notifications')
        // An empty list would be no SQL.
        .where('endpoint', 'not in', [...endpoints, ''])
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
    async offlineSpokes() {
      const rows = await db.selectFrom('notified_spokes').select('spoke_id').execute();
      return rows.map((row) => row.spoke_id);
    },
  };
}

async function setMark(trx: Kysely<Schema>, { spoke, offline }: SpokeMark, since: number): Promise<void> {
  await trx.deleteFrom('notified_spokes').where('spoke_id', '=', spoke).execute();
  if (offline) await trx.insertInto('notified_spokes').values({ spoke_id: spoke, since }).execute();
}

async function prune(trx: Kysely<Schema>, endpoint: string, { deadSince, most }: OutboxBounds): Promise<number> {
  await trx
    .deleteFrom('notifications')
    .where('endpoint', '=', endpoint)
    .where('state', '=', 'dead')
    .where('created_at', '<', deadSince)
    .execute();
  const { count } = await trx
    .selectFrom('notifications')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('endpoint', '=', endpoint)
    .executeTakeFirstOrThrow();
  const surplus = Number(count) - most;
  if (surplus <= 0) return 0;
  const rows = await trx
    .selectFrom('notifications')
    .select('seq')
    .where('endpoint', '=', endpoint)
    // "dead" before "pending".
    .orderBy('state')
    .orderBy('seq')
    .limit(surplus)
    .execute();
  await trx
    .deleteFrom('notifications')
    .where(
      'seq',
      'in',
      rows.map(({ seq }) => seq),
    )
    .execute();
  return rows.length;
}

const withNumbers = (row: NotificationRow): NotificationRow => ({
  ...row,
  seq: Number(row.seq),
  created_at: Number(row.created_at),
  next_at: Number(row.next_at),
});
