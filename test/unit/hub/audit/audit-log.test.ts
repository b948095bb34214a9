// Against a real database: what somebody with access to its file could do to it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { type AuditLog, openAuditLog } from '../../../../src/server/hub/audit/audit-log.ts';
import { createAuditRepository } from '../../../../src/server/store/audit-repository.ts';
import { type Database, openDatabase } from '../../../../src/server/store/database.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createLogRecorder } from '../../../support/log-recorder.ts';

describe('the audit log', () => {
  const clock = createFakeClock();
  const logs = createLogRecorder();
  let dir: string;
  let database: Database;
  let log: AuditLog;

  const open = async () => {
    database = await openDatabase({ url: 'sqlite:vigo.db', dataDir: dir });
    log = await openAuditLog({ repository: createAuditRepository(database), clock, logger: logs });
  };
  const reopen = async () => {
    await database.destroy();
    await open();
  };
  /** What somebody does to the file beside the server. */
  const tamper = (...statements: string[]) => {
    const file = new DatabaseSync(join(dir, 'vigo.db'));
    for (const statement of statements) file.exec(statement);
    file.close();
  };
  const record = async (count: number) => {
    for (let i = 0; i < count; i++)
      await log.record({
        actor: 'ada',
        action: 'spoke.cordon',
        subject: `dc${i}`,
        detail: '',
        origin: '10.0.0.1 (api)',
      });
  };
  const problem = async () => (await log.verify(new AbortController().signal)).bad?.problem;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-audit-'));
    await open();
    await record(5);
  });
  afterEach(async () => {
    await database.destroy();
    await rm(dir, { recursive: true });
  });

  it('is intact as it was written, also after a restart', async () => {
    const { entries, bad, head } = await log.verify(new AbortController().signal);
    expect({ entries, bad }).to.deep.equal({ entries: 5, bad: undefined });
    expect(head).to.match(/^[0-9a-f]{64}$/);
    await reopen();
    await record(2);
    expect(await problem()).to.equal(undefined);
  });

  it('is intact when it is empty', async () => {
    tamper('DELETE FROM audit', "DELETE FROM meta WHERE key = 'audit-head'");
    await reopen();
    expect(await log.verify(new AbortController().signal)).to.deep.equal({ entries: 0, bad: undefined, head: '' });
  });

  const NOT_AS_WRITTEN = 'entry 3 is not as it was written, or does not belong behind entry 2';
  const TAMPERED: [string, string[], string][] = [
    ['another user', ["UPDATE audit SET actor = 'eve' WHERE seq = 3"], NOT_AS_WRITTEN],
    ['another time', ['UPDATE audit SET at = at + 1 WHERE seq = 3'], NOT_AS_WRITTEN],
    ['another result', ["UPDATE audit SET result = 'DENIED' WHERE seq = 3"], NOT_AS_WRITTEN],
    ['another origin', ["UPDATE audit SET origin = '' WHERE seq = 3"], NOT_AS_WRITTEN],
    ['fewer envoys', ['UPDATE audit SET envoy_count = 7 WHERE seq = 3'], NOT_AS_WRITTEN],
    ['the first taken out', ['DELETE FROM audit WHERE seq = 1'], 'entry 1 is missing'],
    ['one in the middle taken out', ['DELETE FROM audit WHERE seq = 3'], 'entry 3 is missing'],
    ['several taken out', ['DELETE FROM audit WHERE seq IN (2, 3)'], 'entries 2 to 3 are missing'],
    ['the newest taken out', ['DELETE FROM audit WHERE seq = 5'], 'entry 5 is missing'],
    ['all taken out', ['DELETE FROM audit'], 'entries 1 to 5 are missing'],
    [
      'one taken out and the others renumbered',
      ['DELETE FROM audit WHERE seq = 3', 'UPDATE audit SET seq = seq - 1 WHERE seq > 3'],
      NOT_AS_WRITTEN,
    ],
    [
      'two that changed places',
      [
        'UPDATE audit SET seq = -1 WHERE seq = 3',
        'UPDATE audit SET seq = 3 WHERE seq = 4',
        'UPDATE audit SET seq = 4 WHERE seq = -1',
      ],
      NOT_AS_WRITTEN,
    ],
    [
      'one put before all others',
      [
        'INSERT INTO audit SELECT -7, at, actor, action, subject, detail, hash, origin, result, envoys, envoy_count FROM audit WHERE seq = 1',
      ],
      'entry -7 has a number that was never given',
    ],
    [
      'one put behind all others',
      [
        'INSERT INTO audit SELECT 6, at, actor, action, subject, detail, hash, origin, result, envoys, envoy_count FROM audit WHERE seq = 5',
      ],
      'entry 6 is not as it was written, or does not belong behind entry 5',
    ],
  ];
  for (const [what, statements, expected] of TAMPERED) {
    it(`shows ${what}: at once, after a restart, and after more was written`, async () => {
      tamper(...statements);
      expect(await problem()).to.equal(expected);
      await reopen();
      expect(await problem()).to.equal(expected);
      await record(2);
      expect(await problem()).to.equal(expected);
    });
  }

  it('keeps what it writes after somebody has taken its next number', async () => {
    tamper(
      'INSERT INTO audit SELECT 6, at, actor, action, subject, detail, hash, origin, result, envoys, envoy_count FROM audit WHERE seq = 5',
    );
    await log.record({ actor: 'ada', action: 'spoke.cordon', subject: 'kept', detail: '' });
    const [newest] = await log.list({ limit: 1 });
    expect(newest).to.include({ seq: 7, subject: 'kept' });
    expect(await problem()).to.match(/^entry 6 is not/);
  });

  it('finds entries by who, by what and by what they are about', async () => {
    await log.record({ actor: 'eve', action: 'spoke.uncordon', subject: 'dc9', detail: '' });
    await log.record({ actor: 'eve', action: 'spokes', subject: 'dc9', detail: '' });
    const numbers = async (query: object) => (await log.list({ limit: 10, ...query })).map(({ seq }) => seq);
    expect(await numbers({ actor: 'eve' })).to.deep.equal([7, 6]);
    expect(await numbers({ action: 'spoke' })).to.deep.equal([6, 5, 4, 3, 2, 1]);
    expect(await numbers({ action: 'spoke.uncordon' })).to.deep.equal([6]);
    expect(await numbers({ subject: 'dc9', before: 7 })).to.deep.equal([6]);
  });

  it('has an act that a killed server had begun, without a result', async () => {
    const begun = { actor: 'ada', action: 'envoy.revoke', subject: 'web1', detail: '', origin: '10.0.0.1 (web)' };
    await log.begin(begun);
    const end = await log.begin({ ...begun, subject: 'web2' });
    await end({ ...begun, subject: 'web2' });
    await reopen();
    const [newest, before] = await log.list({ limit: 2 });
    expect(newest).to.include({ subject: 'web1', result: 'UNKNOWN', origin: '10.0.0.1 (web)' });
    expect(newest!.detail).to.match(/begun 2026-01-01T.*, the server ended meanwhile/);
    expect(before).to.include({ subject: 'web2', result: 'ok' });
    await reopen();
    expect((await log.list({ limit: 1 }))[0]).to.include({ seq: newest!.seq });
    expect(await problem()).to.equal(undefined);
  });

  it('does not lose its place when an entry cannot be written', async () => {
    tamper("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
    await log.record({ actor: 'ada', action: 'x', subject: '', detail: '' });
    expect(logs.lines('error').map(({ msg }) => msg)).to.deep.equal(['not written to the audit log']);
    tamper('DROP TRIGGER full');
    await record(1);
    expect(await problem()).to.equal(undefined);
    expect((await log.list({ limit: 1 }))[0]!.seq).to.equal(6);
  });
});
