/** Runs of envoys; traits in a table of their own, so that what every check-in writes are small rows. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('envoy_id', 'text', (c) => c.notNull())
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('duration_ms', 'bigint', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('config_version', 'text', (c) => c.notNull())
    .addColumn('ok', 'integer', (c) => c.notNull())
    .addColumn('changed', 'integer', (c) => c.notNull())
    .addColumn('failed', 'integer', (c) => c.notNull())
    .addColumn('skipped', 'integer', (c) => c.notNull())
    .addColumn('error', 'text', (c) => c.notNull())
    .addColumn('results', 'blob', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('runs_envoy').on('runs').columns(['envoy_id', 'started_at', 'id']).execute();
  await db.schema.createIndex('runs_newest').on('runs').columns(['started_at', 'id']).execute();
}

async function moveTraits(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('envoy_traits')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('traits_json', 'blob', (c) => c.notNull())
    .execute();
  await sql`insert into envoy_traits (id, traits_json)
            select id, traits_json from envoys where traits_json is not null`.execute(db);
  await db.schema.alterTable('envoys').dropColumn('traits_json').execute();
}

export const runs: Migration = {
  async up(db) {
    await createRuns(db);
    await moveTraits(db);
    await db.schema
      .alterTable('envoys')
      .addColumn('last_run_id', 'text', (c) => c.notNull().defaultTo(''))
      .execute();
  },
};
