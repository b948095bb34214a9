/** A spoke's envoys and tombstones on disk. */
import { sql } from 'kysely';
import { chunksOf, type Database } from './database.ts';
import type { EnvoysTable, TombstonesTable } from './schema.ts';

export type EnvoyRow = EnvoysTable;
export type TombstoneRow = TombstonesTable;

/** An envoy without its traits, which only lists in full need. */
export type EnvoySummaryRow = Omit<EnvoysTable, 'traits_json'>;

/** What check-ins change. */
export type EnvoyTouch = Pick<EnvoysTable, 'id' | 'last_seen_at' | 'config_version'> & {
  /** Set if the traits are new. */
  traits?: { json: Uint8Array; digest: Uint8Array };
};

export interface FleetRepository {
  loadEnvoys(): Promise<EnvoySummaryRow[]>;
  loadTombstones(): Promise<TombstoneRow[]>;
  traits(ids: readonly string[]): Promise<Map<string, Uint8Array>>;
  /** One transaction: the envoys are here, their tombstones are gone. */
  adopt(rows: readonly EnvoyRow[]): Promise<void>;
  /** One transaction: the envoys are gone, tombstones say where to. Also for envoys that were never here. */
  bury(tombstones: readonly TombstoneRow[]): Promise<void>;
  /** One transaction: what check-ins have changed since the last call. Envoys that are gone are passed over. */
  touch(touches: readonly EnvoyTouch[]): Promise<void>;
  /** Forgets tombstones of releases older than `before`. */
  pruneTombstones(before: number): Promise<void>;
}

const SUMMARY = [
  'id',
  'hostname',
  'public_key',
  'epoch',
  'enrolled_at',
  'last_seen_at',
  'traits_digest',
  'status',
  'drift',
  'config_version',
  'changed_streak',
] as const;

export function createFleetRepository(db: Database): FleetRepository {
  return {
    loadEnvoys: () => db.selectFrom('envoys').select(SUMMARY).execute(),
    loadTombstones: () => db.selectFrom('tombstones').selectAll().execute(),
    async traits(ids) {
      const traits = new Map<string, Uint8Array>();
      for (const chunk of chunksOf(ids)) {
        const rows = await db.selectFrom('envoys').select(['id', 'traits_json']).where('id', 'in', chunk).execute();
        for (const row of rows) if (row.traits_json) traits.set(row.id, row.traits_json);
      }
      return traits;
    },
    adopt: (rows) =>
      db.transaction().execute(async (trx) => {
        for (const chunk of chunksOf(rows)) {
          const ids = chunk.map((row) => row.id);
          await trx.deleteFrom('envoys').where('id', 'in', ids).execute();
          await trx.insertInto('envoys').values(chunk).execute();
          await trx.deleteFrom('tombstones').where('id', 'in', ids).execute();
        }
      }),
    bury: (tombstones) =>
      db.transaction().execute(async (trx) => {
        for (const chunk of chunksOf(tombstones)) {
          const ids = chunk.map((row) => row.id);
          await trx.deleteFrom('envoys').where('id', 'in', ids).execute();
          await trx.deleteFrom('tombstones').where('id', 'in', ids).execute();
          await trx.insertInto('tombstones').values(chunk).execute();
        }
      }),
    touch: (touches) =>
      db.transaction().execute(async (trx) => {
        for (const chunk of chunksOf(touches)) {
          // One statement for many rows instead of one each: check-ins make most of a spoke's writes.
          const rows = sql.join(chunk.map((t) => sql`(${t.id}, ${t.last_seen_at}, ${t.config_version})`));
          await sql`update envoys set last_seen_at = v.column2, config_version = v.column3
                    from (values ${rows}) as v where envoys.id = v.column1`.execute(trx);
        }
        for (const { id, traits } of touches) {
          if (!traits) continue;
          await trx
            .updateTable('envoys')
            .set({ traits_json: traits.json, traits_digest: traits.digest })
            .where('id', '=', id)
            .execute();
        }
      }),
    async pruneTombstones(before) {
      await db.deleteFrom('tombstones').where('kind', '=', 'released').where('at', '<', before).execute();
    },
  };
}
