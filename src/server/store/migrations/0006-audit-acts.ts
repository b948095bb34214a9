/** What operators do, in the audit log: from where, with which result, about which envoys; and acts that have begun. */
import type { Migration } from 'kysely/migration';

export const auditActs: Migration = {
  async up(db) {
    const text = (name: string, value: string) =>
      db.schema
        .alterTable('audit')
        .addColumn(name, 'text', (c) => c.notNull().defaultTo(value))
        .execute();
    await text('origin', '');
    await text('result', '');
    await text('envoys', '');
    await db.schema
      .alterTable('audit')
      .addColumn('envoy_count', 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
    await db.schema.createIndex('audit_actor').on('audit').columns(['actor', 'seq']).execute();
    await db.schema
      .createTable('audit_begun')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('detail', 'text', (c) => c.notNull())
      .addColumn('origin', 'text', (c) => c.notNull())
      .execute();
  },
};
