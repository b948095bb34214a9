/** What others have still to be told, and which spokes they were told are offline. */
import type { Migration } from 'kysely/migration';

export const notifications: Migration = {
  async up(db) {
    await db.schema
      .createTable('notifications')
      .addColumn('seq', 'bigint', (c) => c.primaryKey())
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('endpoint', 'text', (c) => c.notNull())
      .addColumn('lane', 'text', (c) => c.notNull())
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('spoke_id', 'text', (c) => c.notNull())
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('tries', 'integer', (c) => c.notNull())
      .addColumn('next_at', 'bigint', (c) => c.notNull())
      .addColumn('last_error', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('notifications_lane')
      .on('notifications')
      .columns(['state', 'endpoint', 'lane', 'seq'])
      .execute();
    await db.schema
      .createTable('notified_spokes')
      .addColumn('spoke_id', 'text', (c) => c.primaryKey())
      .addColumn('since', 'bigint', (c) => c.notNull())
      .execute();
  },
};
