/** Which repository a delivery has named, for webhooks whose entry names none. */
import type { Migration } from 'kysely/migration';

export const webhookRepository: Migration = {
  async up(db) {
    await db.schema
      .alterTable('webhook_deliveries')
      .addColumn('repository', 'text', (c) => c.notNull().defaultTo(''))
      .execute();
  },
};
