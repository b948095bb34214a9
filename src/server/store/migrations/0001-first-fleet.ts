/** Directory, move journal, notices, tokens; a spoke's envoys and tombstones. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

async function createDirectory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('placements')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('hostname', 'text', (c) => c.notNull())
    .addColumn('spoke_id', 'text', (c) => c.notNull())
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('max_epoch', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('public_key', 'blob', (c) => c.notNull())
    .addColumn('enrolled_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('token_id', 'text', (c) => c.notNull())
    .execute();
  // A host name is free again once its envoy is revoked, and an enrolment that is to replace an envoy may wait beside it.
  await sql`create unique index placements_hostname on placements (hostname) where state = 'active'`.execute(db);
  await db.schema
    .createTable('placement_history')
    .addColumn('envoy_id', 'text', (c) => c.notNull())
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('spoke_id', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('move_id', 'text')
    .addPrimaryKeyConstraint('placement_history_pk', ['envoy_id', 'epoch'])
    .execute();
}

async function createMoves(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('moves')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('seq', 'integer', (c) => c.notNull().unique())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('from_spoke', 'text')
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('comment', 'text', (c) => c.notNull())
    .addColumn('max_rate', 'integer', (c) => c.notNull())
    .addColumn('matched', 'integer', (c) => c.notNull())
    .addColumn('skipped_count', 'integer', (c) => c.notNull())
    .addColumn('settled_count', 'integer', (c) => c.notNull())
    .addColumn('skipped', 'text', (c) => c.notNull())
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema
    .createTable('move_items')
    .addColumn('move_id', 'text', (c) => c.notNull().references('moves.id'))
    .addColumn('envoy_id', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('hostname', 'text', (c) => c.notNull())
    .addColumn('from_spoke', 'text', (c) => c.notNull())
    .addColumn('to_spoke', 'text', (c) => c.notNull())
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('move_items_pk', ['move_id', 'envoy_id'])
    .execute();
  await db.schema
    .createTable('spoke_notices')
    .addColumn('seq', 'integer', (c) => c.primaryKey())
    .addColumn('spoke_id', 'text', (c) => c.notNull())
    .addColumn('envoy_id', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('target_spoke', 'text')
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('move_id', 'text')
    .execute();
  await db.schema.createIndex('move_items_state').on('move_items').columns(['move_id', 'state', 'position']).execute();
  await db.schema.createIndex('spoke_notices_move').on('spoke_notices').column('move_id').execute();
  await db.schema.createIndex('spoke_notices_spoke').on('spoke_notices').columns(['spoke_id', 'seq']).execute();
}

async function createTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('enrollment_tokens')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('uses', 'integer', (c) => c.notNull())
    .addColumn('uses_left', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('comment', 'text', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('join_tokens')
    .addColumn('hash', 'text', (c) => c.primaryKey())
    .addColumn('spoke_id', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('used_by_key', 'text')
    .addColumn('created_by', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('spokes')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('eligibility', 'text', (c) => c.notNull())
    .addColumn('comment', 'text', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    .execute();
}

async function createSpokeTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('envoys')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('hostname', 'text', (c) => c.notNull())
    .addColumn('public_key', 'blob', (c) => c.notNull())
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('enrolled_at', 'bigint', (c) => c.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('traits_json', 'blob')
    .addColumn('traits_digest', 'blob')
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('drift', 'text', (c) => c.notNull())
    .addColumn('config_version', 'text', (c) => c.notNull())
    .addColumn('changed_streak', 'integer', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('tombstones')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('target_spoke', 'text', (c) => c.notNull())
    .addColumn('target_address', 'text', (c) => c.notNull())
    .addColumn('target_identity', 'text', (c) => c.notNull())
    .addColumn('spread_ms', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('meta')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute();
}

export const firstFleet: Migration = {
  async up(db) {
    await createDirectory(db);
    await createMoves(db);
    await createTokens(db);
    await createSpokeTables(db);
  },
};
