/** How the fleet has been, on the hub's disk: a row per spoke and minute. */
import { sql } from 'kysely';
import { chunksOf, type Database } from './database.ts';
import type { FleetHistoryTable } from './hub-schema.ts';

export type FleetHistoryRow = FleetHistoryTable;

/** Which rows: since a minute, of one spoke or of all. */
export interface FleetHistoryRange {
  readonly since: number;
  readonly spoke?: string | undefined;
}

export interface FleetHistoryRepository {
  /** What is there for the same spoke and minute is replaced. */
  save(rows: readonly FleetHistoryRow[]): Promise<void>;
  /** The first minute with a row; undefined if there is none. */
  first(range: FleetHistoryRange): Promise<number | undefined>;
  /** Every `step`-th minute, oldest first. */
  read(range: FleetHistoryRange, step: number): Promise<FleetHistoryRow[]>;
  /** Removes what is older. */
  forget(before: number): Promise<void>;
}

export function createFleetHistoryRepository(db: Database): FleetHistoryRepository {
  const rowsOf = ({ since, spoke }: FleetHistoryRange) =>
    db
      .selectFrom('fleet_history')
      .where('minute', '>=', since)
      .$if(spoke !== undefined, (query) => query.where('spoke_id', '=', spoke as string));
  return {
    async save(rows) {
      for (const chunk of chunksOf(rows)) {
        await db
          .insertInto('fleet_history')
          .values(chunk)
          .onConflict((conflict) =>
            conflict.columns(['minute', 'spoke_id']).doUpdateSet((eb) => ({
              converged: eb.ref('excluded.converged'),
              relapsed: eb.ref('excluded.relapsed'),
              diverged: eb.ref('excluded.diverged'),
              degraded: eb.ref('excluded.degraded'),
              failed: eb.ref('excluded.failed'),
              offline: eb.ref('excluded.offline'),
              no_data: eb.ref('excluded.no_data'),
              latency_ms: eb.ref('excluded.latency_ms'),
            })),
          )
          .execute();
      }
    },
    async first(range) {
      const row = await rowsOf(range)
        .select((eb) => eb.fn.min('minute').as('minute'))
        .executeTakeFirst();
      return row?.minute == null ? undefined : Number(row.minute);
    },
    read: (range, step) =>
      rowsOf(range)
        .selectAll()
        .where(sql<boolean>`minute % ${sql.lit(step)} = 0`)
        .orderBy('minute')
        .execute(),
    async forget(before) {
      await db.deleteFrom('fleet_history').where('minute', '<', before).execute();
    },
  };
}
