/** What was published, one row each. */
import type { Migration } from 'kysely/migration';

export const configHistory: Migration = {
  async up(db) {
    await db.schema
      .createTable('config_versions')
      .addColumn('number', 'integer', (c) => c.primaryKey())
      .addColumn('version', 'text', (c) => c.notNull())
      .addColumn('published_at', 'bigint', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('message', 'text', (c) => c.notNull())
      .addColumn('rollback', 'integer', (c) => c.notNull())
      .addColumn('size', 'bigint', (c) => c.notNull())
      .addColumn('files_changed', 'integer', (c) => c.notNull())
      .addColumn('added', 'text', (c) => c.notNull())
      .addColumn('changed', 'text', (c) => c.notNull())
      .addColumn('removed', 'text', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('config_versions_version').on('config_versions').column('version').execute();
  },
};
