import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { sql } from 'kysely';
import { messageOf } from '../../src/fleet/errors.ts';
import { NO_FAULTS, openFaultInjection } from '../../src/server/platform/fault-injection.ts';
import { openDatabase } from '../../src/server/store/database.ts';

describe('faults on demand', () => {
  let dir: string;
  let file: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-faults-'));
    file = join(dir, 'faults');
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('are none without a file, and none while it says nothing', async () => {
    expect(openFaultInjection({ file: undefined })).to.equal(NO_FAULTS);
    const part = { write: async () => 'written' };
    expect(NO_FAULTS.steps('moves', part)).to.equal(part);
    const quiet = openFaultInjection({ file: join(dir, 'absent'), die: () => expect.fail('it died') });
    expect(await quiet.steps('moves', part).write()).to.equal('written');
  });

  it('fill the disk: what writes fails whole, what reads goes on, until the file says otherwise', async () => {
    const whole = await openDatabase({ url: 'sqlite::memory:', dataDir: dir });
    const database = openFaultInjection({ file }).database(whole);
    const write = (key: string) =>
      database.transaction().execute(async (trx) => {
        await trx.insertInto('meta').values({ key, value: '' }).execute();
        await sql`update meta set value = 'x' where key = ${key}`.execute(trx);
      });
    const keys = async () => (await database.selectFrom('meta').select('key').execute()).map(({ key }) => key);
    const before = await keys();
    await writeFile(file, 'store.write\n');
    expect(await write('full').catch(messageOf)).to.equal('database or disk is full');
    const raw = sql`update meta set value = 'y'`.execute(database);
    expect(await raw.catch((error: { errcode?: number }) => error.errcode)).to.equal(13);
    expect(await keys()).to.deep.equal(before);
    await writeFile(file, '');
    await write('free');
    expect(await keys()).to.deep.equal([...before, 'free'].sort());
    await whole.destroy();
  });

  it('end the process before or after a step, and at no other', async () => {
    const done: string[] = [];
    const faults = openFaultInjection({ file, die: (point) => void done.push(`died ${point}`) });
    const moves = faults.steps('moves', {
      plan: async () => void done.push('plan'),
      commit: async () => void done.push('commit'),
    });
    await writeFile(file, 'crash moves.commit:before');
    await moves.plan();
    await moves.commit();
    await writeFile(file, 'crash moves.commit:after');
    await moves.commit();
    expect(done).to.deep.equal(['plan', 'died moves.commit:before', 'commit', 'commit', 'died moves.commit:after']);
  });
});
