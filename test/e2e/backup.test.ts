/** Backups of a server at work: what was acknowledged before one was begun is in it, and it starts elsewhere. */
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AuditVerdictJson } from '../../src/cli/json/audit.ts';
import type { BackupJson, CreatedJson, RestoredJson } from '../../src/cli/json/backup.ts';
import type { ConfigStatusJson } from '../../src/cli/json/config.ts';
import { flipped } from '../support/bytes.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { enrollManyAgents, type ManyAgents } from '../support/many-agents.ts';
import { errorOf, jsonOf } from '../support/processes.ts';
import { treeOf, upload } from '../support/published.ts';
import { waitFor } from '../support/wait-for.ts';

const AT_WORK = Array.from({ length: 8 }, (_, n) => `work${n}.example.com`);
const ROUNDS = 3;

describe('backups of a server at work', function () {
  this.timeout(120_000);
  const fleet = useFleetProcesses({});
  let agents: ManyAgents;
  /** In the order in which they were begun, each with what was acknowledged before. */
  const backups: { readonly created: CreatedJson; readonly enrolled: readonly string[]; readonly version: string }[] =
    [];
  /** Versions in the order in which they were acknowledged. */
  const published: string[] = [];
  const path = (name: string) => join(fleet.dir, name);
  const backUp = (file: string, ...args: string[]) =>
    fleet.cli(['backup', 'create', '--config', fleet.hub.configFile, '--out', path(file), ...args]);

  before(async function () {
    this.timeout(60_000);
    const places = { stateDir: fleet.stateDir, rootOf: fleet.rootOf };
    agents = await enrollManyAgents({ hostnames: AT_WORK, token: await fleet.enrollmentToken(), ...places });
    await agents.start(500);
  });
  after(() => agents?.stop());

  it('are made while agents check in, machines enrol and configurations are published', async () => {
    const enrolled = [...AT_WORK];
    let goesOn = true;
    const publishing = (async () => {
      for (let n = 0; goesOn; n++) {
        const answer = await upload(fleet.admin, treeOf(`version ${n}`));
        published.push(answer.published?.version?.version ?? 'none');
      }
    })();
    const enrolling = (async () => {
      for (let n = 0; goesOn && n < 15; n++) {
        await fleet.enroll(`late${n}.example.com`);
        enrolled.push(`late${n}.example.com`);
      }
    })();
    try {
      for (let round = 0; round < ROUNDS; round++) {
        await waitFor('something was published', () => published.length > 0);
        const known = { enrolled: [...enrolled], version: published.at(-1) ?? '' };
        const result = await backUp(`${round}.tar.gz`, '--json');
        expect(result.code, result.stdout).to.equal(0);
        backups.push({ ...known, created: jsonOf<CreatedJson>(result) });
      }
    } finally {
      goesOn = false;
      await Promise.all([publishing, enrolling]);
    }
    expect(new Set(backups.map(({ created }) => created.configVersion)).size, 'different versions').to.be.greaterThan(
      1,
    );
    for (const { created, version } of backups) {
      const place = published.indexOf(created.configVersion ?? '');
      expect(place, 'no older one than was acknowledged').to.be.at.least(published.indexOf(version));
      expect(created).to.include({ role: 'standalone', spokeId: null, encrypted: false });
      expect(created.leftOut).to.deep.equal([]);
      expect(created.configVersion).to.match(/^[0-9a-f]{64}$/);
      expect(created.audit?.seq).to.be.greaterThan(0);
    }
    expect((await readdir(fleet.hub.dataDir)).filter((name) => name.startsWith('backup-work'))).to.deep.equal([]);
  });

  it('are whole', async () => {
    for (const { created } of backups) {
      const { leftOut: _, warnings: __, ...backup } = created;
      const verified = await fleet.json<BackupJson>(['backup', 'verify', created.file]);
      expect(verified).to.deep.equal(backup);
    }
  });

  it('are not restored over a server that runs', async () => {
    const file = path('0.tar.gz');
    for (const more of [[], ['--replace']]) {
      const result = await fleet.cli(['backup', 'restore', file, '--data-dir', fleet.hub.dataDir, ...more, '--json']);
      expect(result.code).to.equal(1);
      expect(errorOf(result).code).to.equal('DATA_DIR_IN_USE');
    }
    expect((await fleet.envoys()).length).to.be.greaterThan(AT_WORK.length);
  });

  it('say what is wrong with them', async () => {
    const good = await readFile(path('0.tar.gz'));
    await writeFile(path('flipped.tar.gz'), flipped(good, Math.floor(good.length / 2)));
    await writeFile(path('cut.tar.gz'), good.subarray(0, -1));
    await writeFile(path('long.tar.gz'), Buffer.concat([good, Buffer.from('x')]));
    const codes = new Map([
      ['flipped.tar.gz', 'BACKUP_INVALID'],
      ['cut.tar.gz', 'BACKUP_INVALID'],
      ['long.tar.gz', 'BACKUP_INVALID'],
      ['hub.yaml', 'BACKUP_INVALID'],
      ['nothing.tar.gz', 'INVALID_ARGUMENT'],
    ]);
    for (const [name, code] of codes) {
      for (const args of [['verify'], ['restore', '--data-dir', path('never')]]) {
        const result = await fleet.cli(['backup', ...args, path(name), '--json']);
        expect({ name, code: result.code, error: errorOf(result).code }).to.deep.equal({ name, code: 1, error: code });
      }
    }
    expect((await readdir(fleet.dir)).filter((name) => name.startsWith('never'))).to.deep.equal([]);
  });

  it('are used wrongly with an error that helps', async () => {
    const usage = async (...args: string[]) => {
      const result = await fleet.cli(['backup', ...args]);
      expect(result.stdout).to.equal('');
      return `${result.code} ${result.stderr}`;
    };
    expect(await usage('verify')).to.match(/^2 .*missing argument: file/s);
    expect(await usage('restore', path('0.tar.gz'))).to.match(/^2 .*missing flag: --data-dir/s);
    expect(await usage('create', '--data-dir', path('nowhere'))).to.match(/^1 .*nowhere.*DATA_DIR_UNUSABLE/s);
    expect(await usage('create', '--config', fleet.hub.configFile, '--out', path('0.tar.gz'))).to.match(
      /^1 .*only overwritten with --force/s,
    );
    const full = await usage('restore', path('0.tar.gz'), '--data-dir', path('agents'));
    expect(full).to.match(/^1 .*is not empty.*--replace.*DATA_DIR_NOT_EMPTY/s);
  });

  it('are encrypted with a passphrase from a file or the environment, and open with no other', async () => {
    await writeFile(path('passphrase'), 'correct horse battery\n', { mode: 0o600 });
    await writeFile(path('another'), 'wrong horse battery\n', { mode: 0o600 });
    const result = await backUp('secret.enc', '--passphrase-file', path('passphrase'), '--json');
    expect(jsonOf<CreatedJson>(result)).to.deep.include({ encrypted: true, warnings: [] });
    const verify = (...args: string[]) => fleet.cli(['backup', 'verify', path('secret.enc'), '--json', ...args]);
    expect(errorOf(await verify()).code).to.equal('BACKUP_PASSPHRASE');
    expect(errorOf(await verify('--passphrase-file', path('another')))).to.include({
      code: 'BACKUP_PASSPHRASE',
      exit: 1,
    });
    expect((await verify('--passphrase-file', path('passphrase'))).code).to.equal(0);
    const env = { ...fleet.env, VIGO_BACKUP_PASSPHRASE: 'correct horse battery' };
    const fromEnv = await fleet.processes.cli(['backup', 'verify', path('secret.enc')], { env });
    expect(fromEnv.code).to.equal(0);
    expect(fromEnv.stdout).to.match(/encrypted +yes.*intact/s);
    const empty = { ...fleet.env, VIGO_BACKUP_PASSPHRASE: '' };
    const none = await fleet.processes.cli(['backup', 'create', '--out', path('none'), '--json'], { env: empty });
    expect(errorOf(none)).to.deep.include({ code: 'INVALID_ARGUMENT' });
  });

  it('are told to people as well, with a warning that they are not encrypted', async () => {
    const result = await backUp('people.tar.gz');
    expect(result.code).to.equal(0);
    expect(result.stdout).to.match(/^file +.*people\.tar\.gz\nsize +.*\nencrypted +no\n/);
    expect(result.stderr).to.include('warning: not encrypted');
  });

  it('start elsewhere, with everything that was acknowledged before they were begun', async () => {
    await agents.stop();
    await fleet.stopServer('hub');
    for (const [round, { created, enrolled }] of backups.entries()) {
      const dataDir = path(`restored${round}`);
      const restored = await fleet.json<RestoredJson>(['backup', 'restore', created.file, '--data-dir', dataDir]);
      expect(restored).to.include({ dataDir, keptAside: null });
      const origin = fleet.hub.configFile;
      expect(restored.elsewhere).to.deep.equal([{ origin, file: join(dataDir, 'server.yaml') }]);
      const child = await fleet.processes.serve(`restored ${round}`, ['serve', '--data-dir', dataDir]);
      const ask = async <T>(...args: string[]) =>
        jsonOf<T>(await fleet.cli([...args, '--data-dir', dataDir, '--json']));
      const { envoys } = await ask<{ envoys: { hostname: string }[] }>('envoys', 'list', '--all');
      expect(envoys.map(({ hostname }) => hostname)).to.include.members([...enrolled]);
      const { current } = await ask<ConfigStatusJson>('config', 'status');
      expect(current?.version).to.equal(created.configVersion);
      expect(await ask<AuditVerdictJson>('audit', 'verify')).to.include({ intact: true });
      expect((await fleet.processes.stop(child)).code).to.equal(0);
      expect(child.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
    }
  });

  it('take the place of what is there, which is kept', async () => {
    const dataDir = path('restored0');
    await chmod(dataDir, 0o700);
    await writeFile(join(dataDir, 'mine'), 'mine');
    const args = ['backup', 'restore', backups[2]!.created.file, '--data-dir', dataDir, '--replace'];
    const { keptAside } = await fleet.json<RestoredJson>(args);
    expect(await readFile(join(keptAside!, 'mine'), 'utf8')).to.equal('mine');
    expect(await readdir(dataDir))
      .to.include('restored.json')
      .and.not.include('mine');
  });
});
