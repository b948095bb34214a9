/** The history of published configurations, on the hub's disk. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { ConfigVersionsTable } from './hub-schema.ts';

export type ConfigVersionRow = ConfigVersionsTable;

export interface ConfigRepository {
  /** Newest first; only those before `before`, if it is given. */
  list(limit: number, before?: number): Promise<ConfigVersionRow[]>;
  append(row: ConfigVersionRow): Promise<void>;
  /** Takes back a row that came to nothing. */
  remove(number: number): Promise<void>;
  /** Versions that begin with `prefix`, hex digits: each once, at most `limit`. */
  versionsLike(prefix: string, limit: number): Promise<string[]>;
  /** The versions that were published last, each once, newest first. */
  newestVersions(limit: number): Promise<string[]>;
}

export function createConfigRepository(db: Database): ConfigRepository {
  return {
    async list(limit, before) {
      const rows = await db
        .selectFrom('config_versions')
        .selectAll()
        .$if(before !== undefined, (query) => query.where('number', '<', before as number))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...row, published_at: Number(row.published_at), size: Number(row.size) }));
    },
    async append(row) {
      await db.insertInto('config_versions').values(row).execute();
    },
    async remove(number) {
      await db.deleteFrom('config_versions').where('number', '=', number).execute();
    },
    async versionsLike(prefix, limit) {
      const rows = await db
        .selectFrom('config_versions')
        .select('version')
        .distinct()
        // By length and not by pattern: nothing in the prefix can mean anything.
        .where(sql`substr(version, 1, ${sql.lit(prefix.length)})`, '=', prefix)
        .orderBy('version')
        .limit(limit)
        .execute();
      return rows.map((row) => row.version);
    },
    async newestVersions(limit) {
      const rows = await db
        .selectFrom('config_versions')
        .select((eb) => ['version', eb.fn.max('number').as('newest')])
        .groupBy('version')
        .orderBy('newest', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => row.version);
    },
  };
}
