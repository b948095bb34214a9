/** That the hub's data came back from a backup, and how far it has reconciled it with what spokes know. */
import type { Migration } from 'kysely/migration';

export const restoration: Migration = {
  async up(db) {
    await db.schema
      .createTable('restorations')
      .addColumn('restored_at', 'text', (c) => c.primaryKey())
      .addColumn('backup_created_at', 'text', (c) => c.notNull())
      .addColumn('ended_at', 'bigint')
      .execute();
    await db.schema
      .createTable('reconciled_spokes')
      .addColumn('spoke_id', 'text', (c) => c.primaryKey())
      .addColumn('entered', 'integer', (c) => c.notNull())
      .addColumn('taken_over', 'integer', (c) => c.notNull())
      .addColumn('renewed', 'integer', (c) => c.notNull())
      .addColumn('revoked', 'integer', (c) => c.notNull())
      .addColumn('ended_at', 'bigint')
      .execute();
    await db.schema
      .createTable('released_strangers')
      .addColumn('envoy_id', 'text', (c) => c.primaryKey())
      .addColumn('spoke_id', 'text', (c) => c.notNull())
      .addColumn('epoch', 'integer', (c) => c.notNull())
      .addColumn('max_epoch', 'integer', (c) => c.notNull())
      .execute();
  },
};
