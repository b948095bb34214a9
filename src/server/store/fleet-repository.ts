/** A spoke's envoys and tombstones on disk. */
import { sql, type Transaction } from 'kysely';
import { chunksOf, type Database } from './database.ts';
import type { Schema } from './schema.ts';
import type { EnvoysTable, TombstonesTable } from './spoke-schema.ts';

export type TombstoneRow = TombstonesTable;

/** An envoy without its traits, which only few need. */
export type EnvoySummaryRow = EnvoysTable;

/** An envoy in full. */
export type EnvoyRow = EnvoySummaryRow & { traits_json: Uint8Array | null };

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

async function removeEnvoys(trx: Transaction<Schema>, ids: readonly string[]): Promise<void> {
  await trx.deleteFrom('envoys').where('id', 'in', ids).execute();
  await trx.deleteFrom('envoy_traits').where('id', 'in', ids).execute();
}

export function createFleetRepository(db: Database): FleetRepository {
  return {
    loadEnvoys: () => db.selectFrom('envoys').selectAll().execute(),
    loadTombstones: () => db.selectFrom('tombstones').selectAll().execute(),
    async traits(ids) {
      const traits = new Map<string, Uint8Array>();
      for (const chunk of chunksOf(ids)) {
        const rows = await db.selectFrom('envoy_traits').selectAll().where('id', 'in', chunk).execute();
        for (const row of rows) traits.set(row.id, row.traits_json);
      }
      return traits;
    },
    adopt: (rows) =>
      db.transaction().execute(async (trx) => {
        for (const chunk of chunksOf(rows)) {
          const ids = chunk.map((row) => row.id);
          await removeEnvoys(trx, ids);
          await trx
            .insertInto('envoys')
            .values(chunk.map(({ traits_json: _, ...row }) => row))
            .execute();
          const traits = chunk.flatMap(({ id, traits_json }) => (traits_json ? [{ id, traits_json }] : []));
          if (traits.length > 0) await trx.insertInto('envoy_traits').values(traits).execute();
          await trx.deleteFrom('tombstones').where('id', 'in', ids).execute();
        }
      }),
    bury: (tombstones) =>
      db.transaction().execute(async (trx) => {
        for (const chunk of chunksOf(tombstones)) {
          const ids = chunk.map((row) => row.id);
          await removeEnvoys(trx, ids);
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
          await trx.updateTable('envoys').set({ traits_digest: traits.digest }).where('id', '=', id).execute();
          await sql`insert into envoy_traits (id, traits_json) select id, ${traits.json} from envoys where id = ${id}
                    on conflict (id) do update set traits_json = excluded.traits_json`.execute(trx);
        }
      }),
    async pruneTombstones(before) {
      await db.deleteFrom('tombstones').where('kind', '=', 'released').where('at', '<', before).execute();
    },
  };
}
