/** Archives that nobody should send, sent to a real spoke: each is refused, and what was served before is served still. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { AgentService } from '../../src/gen/vigo/v1/agent_pb.js';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { publicKeyDer } from '../../src/pki/keys.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { uploadOf } from '../../src/rpc/archive-upload.ts';
import { loadServerConfig } from '../../src/server/config/load-server-config.ts';
import { envoyPeer } from '../../src/server/roles/peers.ts';
import { openServerLive } from '../../src/server/roles/server-stacks.ts';
import { openPartition } from '../../src/server/spoke/partition.ts';
import { openDatabase } from '../../src/server/store/database.ts';
import { packArchive } from '../../src/stacks/pack-archive.ts';
import { STACKS_LIMITS } from '../../src/stacks/stacks-limits.ts';
import { digestOf } from '../support/digest.ts';
import { diskImage } from '../support/disk-image.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { entry, gz, gzipBomb, HOSTILE_ARCHIVES, manyEntries } from '../support/hostile-archives.ts';
import { chunksOf, tree } from '../support/published.ts';
import { failureOf } from '../support/rpc-failure.ts';
import { useServers } from '../support/servers.ts';
import { waitFor } from '../support/wait-for.ts';

const ENVOY = '0196a1b2-0000-7000-8000-000000000001';
const MAX_SIZE = 1024 * 1024;
const FIRST = tree({
  'envoys.vgo': 'envoys:\n  - match: "*"\n    configcrates: [a]\n',
  'configcrates/a.vgo':
    'configcrate: a\nresources:\n  - name: key\n    type: file\n    target_path: /k\n    source: deep/k\n',
  'files/deep/k': 'secret',
});
const SECOND = tree({ 'envoys.vgo': 'envoys: []\n', 'files/x': 'x'.repeat(50_000) });

describe('a spoke that is sent a hostile archive', () => {
  const servers = useServers();
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vigo-hostile-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  /** A spoke that serves FIRST, takes in a megabyte at most, and has one envoy. */
  async function startSpoke(settings = 'stacks: { max_size: 1MiB }\n') {
    const [hub, spoke, envoy] = await Promise.all([
      servers.pki.hub(),
      servers.pki.spoke('dc1'),
      servers.pki.envoy(ENVOY),
    ]);
    const configFile = join(dataDir, 'server.yaml');
    await writeFile(configFile, `data_dir: .\n${settings}`);
    const config = await loadServerConfig({ configFile, env: {}, cwd: dataDir, isRoot: false, homeDir: dataDir });
    const clock = createFakeClock();
    const database = await openDatabase({ url: 'sqlite::memory:', dataDir });
    const partition = await openPartition({
      ...{ spokeId: 'dc1', database, clock, logger: silentLogger, version: 'test', trustTag: () => 1, envoyPeer },
      live: await openServerLive({ config, clock, logger: silentLogger }),
      pace: config.checkin,
      runs: config.runs,
    });
    servers.closing({ close: () => partition.close().then(() => database.destroy()) });
    const listener = await servers.start({
      tls: spoke,
      routes: (router) =>
        router.service(AgentService, partition.agentService).service(SpokeService, partition.spokeService),
    });
    const asHub = createClient(SpokeService, servers.dial(listener, hub, spoke.identity).transport);
    const asEnvoy = createClient(AgentService, servers.dial(listener, envoy, spoke.identity).transport);
    const publicKey = publicKeyDer(envoy.keyPem);
    await asHub.adopt({ envoys: [{ id: ENVOY, hostname: 'web1.dc1.example.com', publicKey, epoch: 1 }] });
    const { version, bytes } = await packArchive(FIRST);
    expect((await send(asHub, bytes)).configVersion).to.equal(version);
    return { asHub, clock, snapshot: () => snapshot(asHub, asEnvoy) };
  }

  /** `header`: what it says of itself; the truth by default. */
  const send = (hub: Client<typeof SpokeService>, bytes: Uint8Array, header: object = {}) =>
    hub.syncConfig(uploadOf({ version: digestOf(bytes), size: bytes.length, ...header }, chunksOf(bytes)));
  const refused = (call: Promise<unknown>) =>
    failureOf(call, 'the spoke').then(({ code, message }) => ({ code, message }));

  /** All that is on its disk of configurations, and what it tells hub and agents. */
  async function snapshot(asHub: Client<typeof SpokeService>, asEnvoy: Client<typeof AgentService>) {
    const traitsJson = Buffer.from('{}');
    const { bundle, configVersion } = await asEnvoy.getBundle({ epoch: 1, traitsJson });
    return {
      status: (await asHub.status({})).configVersion,
      checkIn: (await asEnvoy.checkIn({ epoch: 1 })).configVersion,
      bundle: [configVersion, ...(bundle?.resources.map(({ id, specJson }) => `${id} ${Buffer.from(specJson)}`) ?? [])],
      live: await diskImage(join(dataDir, '.live/')),
      // The link, the tree and the archive of the version, and nothing else.
      disk: { ...(await diskImage(join(dataDir, 'config'))), link: (await diskImage(dataDir))['.live'] },
    };
  }
  const isOf = (now: Awaited<ReturnType<typeof snapshot>>, version: string) => {
    expect([now.status, now.checkIn, now.bundle[0]]).to.deep.equal([version, version, version]);
    expect(now.disk.link).to.equal(`link to config/trees/${version}`);
    expect(Object.keys(now.disk).filter((path) => path.startsWith('incoming/'))).to.deep.equal([]);
    expect(Object.keys(now.live)).to.deep.equal([...expectedPaths()]);
  };
  const expectedPaths = () => [
    'configcrates',
    'configcrates/a.vgo',
    'envoys.vgo',
    'files',
    'files/deep',
    'files/deep/k',
  ];

  it('refuses each, with nothing changed and nothing left behind', async () => {
    const { asHub, snapshot } = await startSpoke();
    const before = await snapshot();
    isOf(before, (await packArchive(FIRST)).version);
    for (const [name, archive, why] of HOSTILE_ARCHIVES) {
      const { code, message } = await refused(send(asHub, archive()));
      expect(code, name).to.equal('ARCHIVE_INVALID');
      expect(message, name).to.include(why);
      expect(await snapshot(), name).to.deep.equal(before);
    }
    const { version, bytes } = await packArchive(SECOND);
    expect((await send(asHub, bytes)).configVersion).to.equal(version);
    expect((await snapshot()).status).to.equal(version);
  });

  it('refuses what is too much, in entries or in bytes', async function () {
    this.timeout(120_000);
    const { asHub, snapshot } = await startSpoke();
    const before = await snapshot();
    const half = 'x'.repeat(MAX_SIZE / 2);
    const tooMuch: [string, Buffer, string][] = [
      ['a gzip bomb', await gzipBomb(256), `more than ${MAX_SIZE} bytes`],
      ['one entry too many', manyEntries(STACKS_LIMITS.entries + 1), `more than ${STACKS_LIMITS.entries} entries`],
      [
        'one byte too many',
        gz(entry({ path: 'a' }, half), entry({ path: 'b' }, `${half}y`)),
        `more than ${MAX_SIZE} bytes`,
      ],
    ];
    for (const [name, archive, why] of tooMuch) {
      const { code, message } = await refused(send(asHub, archive));
      expect(code, name).to.equal('ARCHIVE_INVALID');
      expect(message, name).to.include(why);
      expect(await snapshot(), name).to.deep.equal(before);
    }
    const justRight = gz(entry({ path: 'a' }, half), entry({ path: 'b' }, half));
    expect((await send(asHub, justRight)).configVersion).to.equal(digestOf(justRight));
  });

  it('refuses a gzip bomb with the size that servers have by default, too', async function () {
    this.timeout(120_000);
    const { asHub, snapshot } = await startSpoke('');
    const before = await snapshot();
    const { code, message } = await refused(send(asHub, await gzipBomb(700)));
    expect([code, message.includes(`more than ${STACKS_LIMITS.treeBytes} bytes`)]).to.deep.equal([
      'ARCHIVE_INVALID',
      true,
    ]);
    expect(await snapshot()).to.deep.equal(before);
  });

  it('refuses what is not what its header says', async () => {
    const { asHub, snapshot } = await startSpoke();
    const before = await snapshot();
    const { bytes } = await packArchive(SECOND);
    const lies: [string, Uint8Array, object, string][] = [
      ['a wrong digest', bytes, { version: '0'.repeat(64) }, 'ARCHIVE_INVALID'],
      ['another digest than of these bytes', bytes.subarray(0, -1), { version: digestOf(bytes) }, 'ARCHIVE_INVALID'],
      [
        'a truncated stream',
        bytes.subarray(0, -100),
        { version: digestOf(bytes), size: bytes.length },
        'ARCHIVE_INVALID',
      ],
      ['more than was announced', bytes, { size: bytes.length - 1 }, 'ARCHIVE_INVALID'],
      ['a path for a version', bytes, { version: '../../x' }, 'INVALID_ARGUMENT'],
      ['no size', bytes, { size: 0 }, 'INVALID_ARGUMENT'],
      ['a size beyond all limits', bytes, { size: 1e15 }, 'MESSAGE_TOO_LARGE'],
    ];
    for (const [name, content, header, code] of lies) {
      expect((await refused(send(asHub, content, header))).code, name).to.equal(code);
      expect(await snapshot(), name).to.deep.equal(before);
    }
  });

  it('does not wait for a stream that stalls, nor keep anything of one that breaks off', async () => {
    const { asHub, clock, snapshot } = await startSpoke();
    const before = await snapshot();
    const { version, bytes } = await packArchive(SECOND);
    const over = Promise.withResolvers<void>();
    async function* stalling() {
      yield bytes.subarray(0, 100);
      await over.promise;
    }
    const header = { version, size: bytes.length };
    const stalled = refused(asHub.syncConfig(uploadOf(header, stalling())));
    let code: string | undefined;
    void stalled.then((failure) => {
      code = failure.code;
    });
    // As much time as it takes; none passes by itself.
    await waitFor('it is given up', async () => {
      await clock.advance(10_000);
      return code;
    });
    expect(code).to.equal('TIMEOUT');
    expect(await snapshot()).to.deep.equal(before);
    const hangUp = new AbortController();
    const broken = refused(asHub.syncConfig(uploadOf(header, stalling()), { signal: hangUp.signal }));
    hangUp.abort();
    await broken;
    over.resolve();
    expect(await snapshot()).to.deep.equal(before);
    expect(await readdir(join(dataDir, 'config/incoming'))).to.deep.equal([]);
    expect((await send(asHub, bytes)).configVersion).to.equal(version);
  });
});
