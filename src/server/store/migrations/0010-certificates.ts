/** Which certificate each envoy has confirmed. */
import type { Migration } from 'kysely/migration';

export const certificates: Migration = {
  async up(db) {
    await db.schema
      .createTable('envoy_certificates')
      .addColumn('envoy_id', 'text', (c) => c.primaryKey())
      .addColumn('ca_sha256', 'text', (c) => c.notNull())
      .addColumn('trust_tag', 'bigint', (c) => c.notNull())
      .addColumn('ends_at', 'bigint', (c) => c.notNull())
      .addColumn('confirmed_at', 'bigint', (c) => c.notNull())
      .execute();
  },
};
