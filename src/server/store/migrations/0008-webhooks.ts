/** What webhooks have been told. */
import type { Migration } from 'kysely/migration';

export const webhooks: Migration = {
  async up(db) {
    await db.schema
      .createTable('webhook_deliveries')
      .addColumn('webhook', 'text', (c) => c.notNull())
      .addColumn('delivery', 'text', (c) => c.notNull())
      .addColumn('body_digest', 'text', (c) => c.notNull())
      .addColumn('received_at', 'bigint', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('webhook_deliveries_pk', ['webhook', 'delivery'])
      .execute();
    await db.schema
      .createIndex('webhook_deliveries_body')
      .on('webhook_deliveries')
      .columns(['webhook', 'body_digest'])
      .execute();
    await db.schema
      .createIndex('webhook_deliveries_time')
      .on('webhook_deliveries')
      .columns(['webhook', 'received_at'])
      .execute();
  },
};
