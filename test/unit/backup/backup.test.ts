import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { type Created, createBackup } from '../../../src/backup/create-backup.ts';
import { restoreBackup } from '../../../src/backup/restore-backup.ts';
import { verifyBackup } from '../../../src/backup/verify-backup.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { lockDataDir } from '../../../src/server/store/data-dir.ts';
import { type DataDir, makeDataDir, textOf } from '../../support/data-dir.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { smallBackup } from '../../support/small-backup.ts';
import { useTempDir } from '../pki/temp-dir.ts';

const quiet = () => ({ signal: new AbortController().signal, onProgress: () => undefined });

describe('a backup of a data directory', function () {
  this.timeout(30_000);
  const dir = useTempDir();
  let server: DataDir | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  const made = async (yaml?: string): Promise<DataDir> => (server = await makeDataDir(dir(), yaml));
  const target = () => join(dir(), 'backup.tar.gz');
  const create = ({ config }: DataDir, more: object = {}): Promise<Created> =>
    createBackup({
      ...quiet(),
      ...{ config, target: target(), force: false, passphrase: undefined },
      ...{ programVersion: '9.9.9', clock: systemClock, ...more },
    });
  const verify = (file = target(), passphrase?: string) => verifyBackup({ ...quiet(), file, passphrase });
  const restore = (more: object = {}) =>
    restoreBackup({
      ...quiet(),
      ...{ file: target(), passphrase: undefined, dataDir: join(dir(), 'restored'), replace: false },
      ...{ clock: systemClock, ...more },
    });
  const messageOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'it succeeded',
      (error: Error) => error.message,
    );
  const modeOf = async (...path: string[]) => (await stat(join(dir(), ...path))).mode & 0o777;

  it('has everything in it, and comes back with the same content and modes', async () => {
    const hub = await made();
    const version = await hub.publish('one');
    await chmod(hub.config.dataDir, 0o750);
    const umask = process.umask(0o077);
    try {
      const { manifest, leftOut, warnings } = await create(hub);
      expect({ leftOut, warnings }).to.deep.equal({ leftOut: [], warnings: [] });
      expect(manifest).to.include({ role: 'hub', spokeId: null, configVersion: version, programVersion: '9.9.9' });
      expect(manifest.keyPairs.map(({ key }) => key)).to.deep.equal(['data/tls/ca.key', 'data/tls/hub.key']);
      expect(await modeOf('backup.tar.gz')).to.equal(0o600);
      await verify();
      const { elsewhere, keptAside } = await restore();
      expect(keptAside).to.equal(undefined);
      expect(elsewhere).to.deep.equal([{ origin: join(dir(), 'hub.yaml'), file: join(dir(), 'restored/server.yaml') }]);
    } finally {
      process.umask(umask);
    }
    for (const path of ['admin-token', 'tls/ca.key', 'tls/ca.pem', 'tls/hub.key', 'tls/hub.pem', '.live/envoys.vgo']) {
      expect(await textOf(dir(), 'restored', path), path).to.equal(await textOf(dir(), 'data', path));
      // The tree is made anew, from its archive.
      if (!path.startsWith('.live')) expect(await modeOf('restored', path), path).to.equal(await modeOf('data', path));
    }
    for (const path of ['', 'tls', 'config', 'config/archives']) {
      expect(await modeOf('restored', path), path).to.equal(await modeOf('data', path));
    }
    expect(await readlink(join(dir(), 'restored/.live'))).to.equal(`config/trees/${version}`);
    const note = JSON.parse(await textOf(dir(), 'restored/restored.json'));
    expect(Object.keys(note)).to.deep.equal(['backupCreatedAt', 'restoredAt', 'programVersion']);
    expect(note.programVersion).to.equal('9.9.9');
    expect(Date.parse(note.restoredAt)).to.be.at.least(Date.parse(note.backupCreatedAt));
    expect(await modeOf('restored/restored.json')).to.equal(0o600);
    expect((await readdir(join(dir(), 'restored'))).sort()).to.deep.equal(
      ['.live', 'admin-token', 'config', 'restored.json', 'server.yaml', 'tls', 'vigo.db'].sort(),
    );
    expect((await readdir(dir())).sort()).to.deep.equal(['backup.tar.gz', 'data', 'hub.yaml', 'restored']);
  });

  it('leaves server.yaml its name if that lies in the data directory', async () => {
    const { config, ...hub } = await made();
    expect((await create({ config, ...hub })).manifest.serverYaml).to.equal('data/server.yaml');
    const configFile = join(config.dataDir, 'etc/hub.yaml');
    await mkdir(join(config.dataDir, 'etc'));
    await writeFile(configFile, 'spanner: { role: hub }\n');
    const { manifest, leftOut } = await create({ ...hub, config: { ...config, configFile } }, { force: true });
    expect({ leftOut, at: manifest.serverYaml }).to.deep.equal({ leftOut: [], at: 'data/etc/hub.yaml' });
    const { serverYaml, elsewhere } = await restore();
    expect({ serverYaml, elsewhere }).to.deep.equal({
      serverYaml: join(dir(), 'restored/etc/hub.yaml'),
      elsewhere: [],
    });
    expect(await textOf(dir(), 'restored/etc/hub.yaml')).to.equal('spanner: { role: hub }\n');
  });

  it('has what server.yaml names, wherever that lies, and puts nothing back outside', async () => {
    const elsewhere = join(dir(), 'etc');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'a secret'), 'hush', { mode: 0o400 });
    await writeFile(join(elsewhere, 'vigo.lic'), 'license');
    const hub = await made(
      `database: { url: "sqlite:${elsewhere}/fleet.db" }
license: { file: ${elsewhere}/vigo.lic }
spanner: { role: hub }
notifications:
  - { url: "https://example.com/", secret_file: "${elsewhere}/a secret" }
  - { url: "https://example.org/", secret_file: hooks/inside }
  - { url: "https://example.net/", secret_file: hooks/missing }
`,
    );
    await mkdir(join(hub.config.dataDir, 'hooks'), { mode: 0o700 });
    await writeFile(join(hub.config.dataDir, 'hooks/inside'), 'inside', { mode: 0o600 });
    await writeFile(join(hub.config.dataDir, 'notes.txt'), 'of somebody');
    const { leftOut, warnings, manifest } = await create(hub);
    expect(leftOut).to.deep.equal(['notes.txt']);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(
      /hooks\/missing, which notifications\[2\].secret_file in server.yaml names, does not exist/,
    );
    expect(manifest.database).to.match(/^outside\/\d+-fleet.db$/);
    const restored = await restore();
    const places = new Map(restored.elsewhere.map(({ origin, file }) => [origin, file]));
    expect([...places.keys()].sort()).to.deep.equal(
      ['etc/a secret', 'etc/fleet.db', 'etc/vigo.lic', 'hub.yaml'].map((name) => join(dir(), name)),
    );
    const secret = places.get(join(elsewhere, 'a secret'))!;
    expect(secret).to.match(/restored\/outside\/\d+-a_secret$/);
    expect(await textOf(secret)).to.equal('hush');
    expect((await stat(secret)).mode & 0o777).to.equal(0o400);
    expect(await textOf(dir(), 'restored/hooks/inside')).to.equal('inside');
    expect((await readdir(elsewhere)).filter((name) => !name.startsWith('fleet.db-'))).to.have.length(3);
  });

  it('waits for the tree of a publish that is going on', async () => {
    const hub = await made();
    await hub.publish('one');
    const { version, finish } = await hub.beginPublish('two');
    const creating = create(hub);
    systemClock.after(300, () => void finish());
    const { manifest, warnings } = await creating;
    expect(warnings).to.deep.equal([]);
    expect(manifest.configVersion).to.equal(version);
    await verify();
  });

  it('has what was served before, and says so, if the publish never ends', async () => {
    const hub = await made();
    const first = await hub.publish('one');
    const { version } = await hub.beginPublish('two');
    const { manifest, warnings } = await create(hub);
    expect(manifest.configVersion).to.equal(first);
    expect(warnings.join()).to.include(version.slice(0, 12));
    await restore();
    expect(await textOf(dir(), 'restored/.live/envoys.vgo')).to.include('one');
  });

  it('leaves out an archive that is damaged, and says so', async () => {
    const hub = await made();
    const first = await hub.publish('one');
    await hub.publish('two');
    await writeFile(join(hub.config.dataDir, 'config/archives', `${first}.tar.gz`), 'damaged');
    const { warnings, manifest } = await create(hub);
    expect(warnings.join()).to.include('is damaged');
    expect(manifest.files.filter(({ path }) => path.startsWith('data/config/'))).to.have.length(1);
    await verify();
  });

  it('is of one moment, while another writes without a pause', async () => {
    const hub = await made();
    const writer = new DatabaseSync(hub.config.database.file, { timeout: 5_000 });
    writer.exec('pragma synchronous = off; create table one (n integer); create table two (n integer, filler blob)');
    let n = 0;
    for (let round = 0; round < 3; round++) {
      const before = n;
      let goesOn = true;
      const writing = (async () => {
        for (; goesOn; await new Promise((resolve) => setImmediate(resolve))) {
          n++;
          writer.exec(`begin; insert into one values (${n}); insert into two values (${n}, randomblob(20000)); commit`);
        }
      })();
      await create(hub, { force: true });
      goesOn = false;
      await writing;
      const dataDir = join(dir(), `restored${round}`);
      await restore({ dataDir });
      const copy = new DatabaseSync(join(dataDir, 'vigo.db'), { readOnly: true });
      const [row] = copy.prepare('select max(one.n) a, (select max(n) from two) b, count(*) c from one').all();
      copy.close();
      expect(row?.a).to.equal(row?.b);
      expect(row?.c).to.equal(row?.a);
      expect(row?.a).to.be.within(before, n);
    }
    writer.close();
  });

  it('is not made of what is no data directory, or cannot be used again', async () => {
    const hub = await made();
    const { config } = hub;
    expect(await messageOf(create({ ...hub, config: { ...config, dataDir: join(dir(), 'nowhere') } }))).to.include(
      'nowhere',
    );
    expect(await readdir(dir())).to.not.include('nowhere');
    const memory = { ...config, database: { ...config.database, url: 'sqlite::memory:' } };
    expect(await messageOf(create({ ...hub, config: memory }))).to.include('nothing on disk');
    const absent = { ...config, database: { url: 'sqlite:x', file: join(config.dataDir, 'x.db') } };
    expect(await messageOf(create({ ...hub, config: absent }))).to.include('there is no database');
    const key = join(config.dataDir, 'tls/hub.key');
    await writeFile(key, await readFile(join(config.dataDir, 'tls/ca.key')));
    expect(await messageOf(create(hub))).to.include('do not belong together');
    expect((await readdir(dir())).sort()).to.deep.equal(['data', 'hub.yaml']);
    expect((await readdir(config.dataDir)).filter((name) => name.startsWith('backup-work'))).to.deep.equal([]);
  });

  it('of a damaged database is refused, and so is one of a later version', async () => {
    const hub = await made();
    const other = new DatabaseSync(hub.config.database.file);
    other.exec("insert into kysely_migration values ('9999-future', 'x')");
    expect(await codeOf(create(hub))).to.equal('DATABASE_TOO_NEW');
    other.exec("delete from kysely_migration where name like '9999%'");
    other.exec('pragma wal_checkpoint(truncate)');
    other.close();
    await hub.close();
    server = undefined;
    await using file = await open(hub.config.database.file, 'r+');
    await file.write(Buffer.alloc(3_000, 0x5a), 0, 3_000, 4_096 * 3);
    expect(await messageOf(create(hub))).to.match(/damaged|malformed/);
    expect(await codeOf(create(hub))).to.equal('DATA_DIR_UNUSABLE');
  });

  it('never takes the place of a file, unless that is said', async () => {
    const hub = await made();
    await writeFile(target(), 'precious');
    expect(await codeOf(create(hub))).to.equal('INVALID_ARGUMENT');
    expect(await textOf(target())).to.equal('precious');
    await create(hub, { force: true });
    await verify();
    expect(await codeOf(create(hub, { target: dir() }))).to.equal('INVALID_ARGUMENT');
    expect(await messageOf(create(hub, { target: join(dir(), 'no/where') }))).to.include('no is no directory');
  });

  it('that is interrupted leaves nothing', async () => {
    const hub = await made();
    const controller = new AbortController();
    controller.abort();
    expect(await codeOf(create(hub, { signal: controller.signal }))).to.equal('INTERRUPTED');
    expect((await readdir(dir())).sort()).to.deep.equal(['data', 'hub.yaml']);
    await create(hub);
    expect(await codeOf(restore({ signal: controller.signal }))).to.equal('INTERRUPTED');
    expect(
      await codeOf(verifyBackup({ ...quiet(), file: target(), passphrase: undefined, signal: controller.signal })),
    ).to.equal('INTERRUPTED');
    expect((await readdir(dir())).sort()).to.deep.equal(['backup.tar.gz', 'data', 'hub.yaml']);
  });

  it('removes what one that was killed has left, and not what another works on', async () => {
    const hub = await made();
    const [left, held] = [0, 1].map((n) =>
      join(hub.config.dataDir, `backup-work-00000000-0000-4000-8000-00000000000${n}`),
    );
    lockDataDir(left!).release();
    await writeFile(join(left!, 'database'), 'half');
    const lock = lockDataDir(held!);
    const foreign = join(hub.config.dataDir, 'backup-work-of-mine');
    await mkdir(foreign);
    await create(hub);
    const names = await readdir(hub.config.dataDir);
    expect(names.filter((name) => name.startsWith('backup-work'))).to.have.members([
      'backup-work-00000000-0000-4000-8000-000000000001',
      'backup-work-of-mine',
    ]);
    lock.release();
  });

  it('that is damaged or hostile restores nothing, and leaves nothing', async () => {
    const hub = await made();
    await hub.publish('one');
    await create(hub);
    const good = await readFile(target());
    const empty = await smallBackup(
      { 'data/vigo.db': 'no database' },
      { directories: [{ path: 'data', mode: 0o700 }] },
    );
    const names = await readdir(dir());
    const bad = [good.subarray(0, -1), Buffer.concat([good, Buffer.from('x')]), good.subarray(0, 3_000), empty.bytes];
    for (const bytes of bad) {
      await writeFile(target(), bytes);
      expect(await codeOf(verify())).to.equal('BACKUP_INVALID');
      expect(await codeOf(restore())).to.equal('BACKUP_INVALID');
      expect(await readdir(dir())).to.deep.equal(names);
    }
  });

  it('whose manifest promises more than the disk has is refused before a byte is written', async () => {
    const { manifest } = await smallBackup();
    const files = manifest.files.map((file) => ({ ...file, size: file.path === 'data/vigo.db' ? 2 ** 52 : file.size }));
    const { tarHeader, tarPadding } = await import('../../../src/backup/format/tar-header.ts');
    const { sealed } = await import('../../support/small-backup.ts');
    const text = Buffer.from(JSON.stringify({ ...manifest, files }));
    const head = tarHeader({ path: 'manifest.json', size: text.length, mode: 0o600 })!;
    await writeFile(target(), await sealed(Buffer.concat([head, text, tarPadding(text.length)])));
    expect(await messageOf(restore())).to.match(/needs \d+ bytes, and only/);
  });

  it('is not restored over anything, unless that is said, and keeps that aside then', async () => {
    const hub = await made();
    await create(hub);
    const dataDir = join(dir(), 'restored');
    await mkdir(dataDir);
    await restore();
    await writeFile(join(dataDir, 'mine'), 'mine');
    expect(await codeOf(restore())).to.equal('DATA_DIR_NOT_EMPTY');
    const lock = lockDataDir(dataDir);
    expect(await codeOf(restore())).to.equal('DATA_DIR_IN_USE');
    expect(await codeOf(restore({ replace: true }))).to.equal('DATA_DIR_IN_USE');
    lock.release();
    const { keptAside } = await restore({ replace: true });
    expect(keptAside).to.match(/restored\.before-restore-\d{4}-\d\d-\d\dT[\d-]+Z$/);
    expect(await textOf(keptAside!, 'mine')).to.equal('mine');
    expect(await readdir(dataDir)).to.not.include('mine');
    lockDataDir(dataDir).release();
    await writeFile(join(dir(), 'file'), '');
    expect(await codeOf(restore({ dataDir: join(dir(), 'file') }))).to.equal('DATA_DIR_UNUSABLE');
    expect(await codeOf(restore({ dataDir: join(dir(), 'file/below') }))).to.equal('DATA_DIR_UNUSABLE');
    expect(await messageOf(restore({ dataDir: '/proc' }))).to.include('is a mount point');
  });

  it('is restored where a link leads to, and belongs to whom the directory belonged', async () => {
    const hub = await made();
    await create(hub);
    const dataDir = join(dir(), 'disk/data');
    await restore({ dataDir });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) await chown(dataDir, 65_534, 65_534);
    await symlink(dataDir, join(dir(), 'link'));
    const restored = await restore({ dataDir: join(dir(), 'link'), replace: true });
    expect(restored.dataDir).to.equal(await realpath(dataDir));
    expect((await lstat(join(dir(), 'link'))).isSymbolicLink()).to.equal(true);
    expect(await readdir(join(dir(), 'disk'))).to.have.length(2);
    for (const name of ['', 'tls/ca.key', 'restored.json']) {
      expect((await stat(join(dataDir, name))).uid).to.equal(isRoot ? 65_534 : process.getuid?.());
    }
  });

  it('is restored where parents are missing', async () => {
    const hub = await made();
    await create(hub);
    await restore({ dataDir: join(dir(), 'a/b/c') });
    expect(await readdir(join(dir(), 'a/b'))).to.deep.equal(['c']);
  });

  it('is encrypted if there is a passphrase, and then needs it', async () => {
    const hub = await made();
    const passphrase = 'a long and secret one';
    await create(hub, { passphrase });
    const bytes = await readFile(target());
    for (const word of ['PRIVATE KEY', 'SQLite', 'manifest']) expect(bytes.includes(word), word).to.equal(false);
    expect(await codeOf(verify())).to.equal('BACKUP_PASSPHRASE');
    expect(await codeOf(verify(target(), 'another'))).to.equal('BACKUP_PASSPHRASE');
    expect((await verify(target(), passphrase)).encrypted).to.equal(true);
    await restore({ passphrase });
    await create(hub, { force: true });
    expect(await codeOf(verify(target(), passphrase))).to.equal('BACKUP_PASSPHRASE');
    expect(await codeOf(restore({ passphrase, replace: true }))).to.equal('BACKUP_PASSPHRASE');
  });

  it('goes through links in its own directory', async () => {
    const hub = await made();
    const tls = join(hub.config.dataDir, 'tls');
    await writeFile(join(dir(), 'ca.pem'), await readFile(join(tls, 'ca.pem')));
    await rm(join(tls, 'ca.pem'));
    await symlink(join(dir(), 'ca.pem'), join(tls, 'ca.pem'));
    await create(hub);
    await restore();
    expect(await textOf(dir(), 'restored/tls/ca.pem')).to.equal(await textOf(dir(), 'ca.pem'));
    expect((await lstat(join(dir(), 'restored/tls/ca.pem'))).isFile()).to.equal(true);
  });
});
