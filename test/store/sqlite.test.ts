import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '../../src/server/store/database.ts';
import { codeOf } from '../support/rpc-failure.ts';
import { describeStore } from './store-suite.ts';

describeStore({
  name: 'SQLite',
  shared: false,
  async create() {
    const dataDir = await mkdtemp(join(tmpdir(), 'vigo-store-'));
    return {
      open: () => openDatabase({ url: 'sqlite:vigo.db', dataDir }),
      drop: () => rm(dataDir, { recursive: true }),
    };
  },
});

describe('an SQLite database', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vigo-store-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('that is none is refused with its name', async () => {
    await writeFile(join(dataDir, 'vigo.db'), 'this is no database, but long enough to have a header'.repeat(20));
    expect(await codeOf(openDatabase({ url: 'sqlite:vigo.db', dataDir }))).to.equal('DATA_DIR_UNUSABLE');
    const error = await openDatabase({ url: 'sqlite:no/such/dir/vigo.db', dataDir }).catch((thrown: Error) => thrown);
    expect((error as Error).message).to.contain(join(dataDir, 'no/such/dir/vigo.db'));
  });

  it('survives a commit without being closed', async () => {
    const first = await openDatabase({ url: 'sqlite:vigo.db', dataDir });
    await first.insertInto('meta').values({ key: 'a', value: 'b' }).execute();
    const second = await openDatabase({ url: 'sqlite:vigo.db', dataDir });
    expect(await second.selectFrom('meta').selectAll().execute()).to.have.length(1);
    await second.destroy();
    await first.destroy();
  });

  it('can be in memory', async () => {
    const db = await openDatabase({ url: 'sqlite::memory:', dataDir });
    expect(await db.selectFrom('meta').selectAll().execute()).to.deep.equal([]);
    await db.destroy();
  });
});
