/** What operators said about spokes, on the hub's disk. */
import type { Database } from './database.ts';
import type { SpokesTable } from './hub-schema.ts';

export type SpokeRow = SpokesTable;

export interface SpokeRepository {
  load(): Promise<SpokeRow[]>;
  save(row: SpokeRow): Promise<void>;
}

export function createSpokeRepository(db: Database): SpokeRepository {
  return {
    load: () => db.selectFrom('spokes').selectAll().execute(),
    async save(row) {
      const { id, ...changes } = row;
      await db
        .insertInto('spokes')
        .values({ id, ...changes })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
        .execute();
    },
  };
}
