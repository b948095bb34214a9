/** How the fleet has been: a row per spoke and minute. */
import type { Migration } from 'kysely/migration';

const STATUSES = ['converged', 'relapsed', 'diverged', 'degraded', 'failed', 'offline', 'no_data'];

export const fleetHistory: Migration = {
  async up(db) {
    let table = db.schema
      .createTable('fleet_history')
      .addColumn('minute', 'integer', (c) => c.notNull())
      .addColumn('spoke_id', 'text', (c) => c.notNull());
    for (const status of STATUSES) table = table.addColumn(status, 'integer', (c) => c.notNull());
    await table
      .addColumn('latency_ms', 'real', (c) => c.notNull())
      .addPrimaryKeyConstraint('fleet_history_pk', ['minute', 'spoke_id'])
      .execute();
  },
};
