// What a later version makes of a database that an earlier one wrote. On SQLite, which earlier versions had alone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { openDatabase } from '../../src/server/store/database.ts';
import { createFleetRepository } from '../../src/server/store/fleet-repository.ts';
import { MIGRATIONS } from '../../src/server/store/migrations/index.ts';
import { openSqlite } from '../../src/server/store/sqlite-database.ts';

/** As the first version had it. */
const envoy = (id: string, traits: string | null) => ({
  id,
  hostname: `${id}.example.com`,
  public_key: Buffer.from(`key of ${id}`),
  epoch: 4,
  enrolled_at: 1_800_000_000_000,
  last_seen_at: 1_800_000_000_500,
  traits_json: traits && Buffer.from(traits),
  traits_digest: traits && Buffer.from('digest'),
  status: 'no_data',
  drift: 'none',
  config_version: 'v1',
  changed_streak: 0,
});

describe('a database of the first version', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vigo-store-'));
    const dialect = new SqliteDialect({ database: async () => openSqlite(join(dataDir, 'vigo.db')) });
    const db = new Kysely<{ envoys: ReturnType<typeof envoy> }>({ dialect });
    const first = { '0001-first-fleet': MIGRATIONS['0001-first-fleet']! };
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => first } }).migrateToLatest();
    if (error) throw error instanceof Error ? error : new Error(String(error));
    await db
      .insertInto('envoys')
      .values([envoy('web1', '{"cpus":8}'), envoy('web2', null)])
      .execute();
    await db.destroy();
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('keeps its envoys with their traits, and can take runs', async () => {
    const db = await openDatabase({ url: 'sqlite:vigo.db', dataDir });
    const fleet = createFleetRepository(db);
    const rows = await fleet.loadEnvoys();
    expect(rows.map(({ id }) => id)).to.deep.equal(['web1', 'web2']);
    for (const row of rows) expect(row).to.include({ epoch: 4, config_version: 'v1', last_run_id: '' });
    expect(Buffer.from(rows[0]!.traits_digest!).toString()).to.equal('digest');
    expect(rows[0]).not.to.have.property('traits_json');
    const traits = [...(await fleet.traits(['web1', 'web2']))].map(([id, json]) => [id, `${Buffer.from(json)}`]);
    expect(traits).to.deep.equal([['web1', '{"cpus":8}']]);
    expect(await db.selectFrom('runs').selectAll().execute()).to.deep.equal([]);
    await db.destroy();
  });
});
