import { createClient, createRouterTransport } from '@connectrpc/connect';
import { expect } from 'chai';
import { VigoError } from '../../../src/fleet/errors.ts';
import { SpokeService } from '../../../src/gen/vigo/v1/spoke_pb.js';
import { type Logger, silentLogger } from '../../../src/platform/logger.ts';
import { createConfigDistribution } from '../../../src/server/hub/config/config-distribution.ts';
import { createPartitionLinks } from '../../../src/server/hub/partition-links.ts';
import type { ArchiveHeader } from '../../../src/server/live/live-config.ts';
import { digestOf } from '../../support/digest.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { archiveOf, chunksOf, outcomes, publish, treeOf } from '../../support/published.ts';
import { collect } from '../../support/servers.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A logger that keeps its warnings. */
function keepWarnings() {
  const warnings: object[] = [];
  const none = () => undefined;
  const logger: Logger = {
    debug: none,
    info: none,
    error: none,
    warn: (fields, text) => warnings.push({ ...fields, text }),
  };
  return { logger, warnings: (text: string) => warnings.filter((entry) => 'text' in entry && entry.text === text) };
}

describe('a configuration on its way to the spokes', () => {
  const newFleet = useFleet();

  const has = (fleet: MemoryFleet, spoke: string, version: string | undefined) =>
    waitFor(`${spoke} has the version`, () => fleet.spoke(spoke).live?.current?.version === version);
  const reasonOf = async (fleet: MemoryFleet, spoke: string) => {
    const { spokes } = await fleet.hub.admin.getConfigStatus({});
    return spokes.find((each) => each.spoke === spoke);
  };
  const pushes = (fleet: MemoryFleet, spoke: string) => fleet.spoke(spoke).calls.get('SyncConfig') ?? 0;

  it('skips a spoke that is down, and reaches it with its first good probe, without a command', async () => {
    const fleet = await newFleet();
    await fleet.spoke('dc2').kill();
    for (const text of ['1', '2']) {
      const published = await publish(fleet.hub.admin, treeOf(text));
      expect(outcomes(published)).to.equal('dc1 synced, dc2 skipped');
      expect(published.spokes[1]?.reason).to.match(/cannot reach spoke dc2/);
    }
    // Known to be unhealthy: not even tried.
    await fleet.probes(3);
    const tried = pushes(fleet, 'dc2');
    const { version, spokes } = await publish(fleet.hub.admin, treeOf('3'));
    expect(spokes[1]).to.include({ durationMs: 0 });
    expect(spokes[1]?.reason).to.match(/cannot reach spoke dc2/);
    expect(pushes(fleet, 'dc2')).to.equal(tried);
    expect(await reasonOf(fleet, 'dc2')).to.deep.include({ behind: true, online: false, version: '' });
    expect((await reasonOf(fleet, 'dc2'))?.reason).to.match(/cannot reach/);
    await fleet.spoke('dc2').start();
    await fleet.probes();
    await has(fleet, 'dc2', version?.version);
    await fleet.probes();
    expect(await reasonOf(fleet, 'dc2')).to.deep.include({ behind: false, reason: '', version: version?.version });
    expect(pushes(fleet, 'dc2')).to.equal(tried + 1);
    await fleet.probes(10);
    expect(pushes(fleet, 'dc2'), 'pushes to a spoke that has it').to.equal(tried + 1);
  });

  it('reaches a spoke that lost its disk, or that somebody gave another tree', async () => {
    const fleet = await newFleet();
    const { version } = (await publish(fleet.hub.admin, treeOf('1'))).version!;
    const stray = await archiveOf(treeOf('stray'));
    const header = { version: digestOf(stray), size: stray.length };
    await fleet.spoke('dc1').live?.receive(header, chunksOf(stray), new AbortController().signal);
    await fleet.probes();
    await has(fleet, 'dc1', version);
  });

  it('goes on after a restart of the hub', async () => {
    const fleet = await newFleet();
    await fleet.spoke('dc2').kill();
    const { version } = (await publish(fleet.hub.admin, treeOf('1'))).version!;
    await fleet.hub.kill();
    await fleet.spoke('dc2').start();
    await fleet.hub.start();
    await has(fleet, 'dc2', version);
  });

  it('gives up a spoke that hangs, while the others have it long since', async () => {
    const fleet = await newFleet();
    fleet.spoke('dc2').wire = 'hung';
    const publishing = publish(fleet.hub.admin, treeOf('1'));
    await waitFor('the push', () => pushes(fleet, 'dc2') > 0 && fleet.spoke('dc1').live?.current !== undefined);
    const published = await fleet.drive(publishing, 21_000);
    expect(outcomes(published)).to.equal('dc1 synced, dc2 skipped');
    expect(published.spokes[1]?.reason).to.equal('spoke dc2 took no more of the configuration for 20 s');
    fleet.spoke('dc2').wire = 'up';
    await fleet.probes(3);
    await has(fleet, 'dc2', published.version?.version);
  });

  it('lets an operator go after a minute, and goes on', async () => {
    const fleet = await newFleet();
    const gate = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    const live = fleet.spoke('dc2').live!;
    const { receive } = live;
    // It has all of it, and takes its time to write it down.
    Object.assign(live, {
      async receive(header: ArchiveHeader, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal) {
        const all = await collect(chunks);
        taken.resolve();
        await gate.promise;
        return receive(header, chunksOf(Buffer.concat(all)), signal);
      },
    });
    const publishing = publish(fleet.hub.admin, treeOf('1'));
    await taken.promise;
    await waitFor('dc1 has it', () => fleet.spoke('dc1').live?.current !== undefined);
    const published = await fleet.drive(publishing, 61_000);
    expect(published.spokes[1]?.reason).to.equal('not done within 60 s; it goes on');
    expect((await reasonOf(fleet, 'dc2'))?.reason).to.equal('it is being given the version now');
    gate.resolve();
    await has(fleet, 'dc2', published.version?.version);
    expect(pushes(fleet, 'dc2')).to.equal(1);
  });

  it('that is superseded goes no further, and the spoke ends with the newest', async () => {
    const fleet = await newFleet();
    const gate = Promise.withResolvers<void>();
    fleet.spoke('dc2').onReceive = () => gate.promise;
    const older = publish(fleet.hub.admin, treeOf('older'));
    await waitFor('the push', () => pushes(fleet, 'dc2') > 0);
    fleet.spoke('dc2').onReceive = undefined;
    const newer = await publish(fleet.hub.admin, treeOf('newer'));
    expect(outcomes(newer)).to.equal('dc1 synced, dc2 synced');
    gate.resolve();
    expect((await older).spokes[1]?.reason).to.match(/^version [0-9a-f]{12} was published meanwhile/);
    await settleTurns(50);
    await fleet.probes();
    await has(fleet, 'dc2', newer.version?.version);
    await has(fleet, 'dc1', newer.version?.version);
  });

  it('is not forced on a spoke that refuses: it is asked again ever more seldom, and logged once per reason', async () => {
    const { logger, warnings } = keepWarnings();
    const fleet = await newFleet({ logger });
    let why = 'disk full';
    fleet.spoke('dc2').onReceive = async () => {
      throw new VigoError('DATA_DIR_UNUSABLE', why);
    };
    const published = await publish(fleet.hub.admin, treeOf('1'));
    expect(published.spokes[1]).to.deep.include({ reason: 'disk full' });
    for (let round = 0; round < 600; round++) await fleet.probes();
    expect(pushes(fleet, 'dc2')).to.be.within(7, 12);
    expect(warnings('config not given')).to.have.length(1);
    expect(await reasonOf(fleet, 'dc2')).to.deep.include({ behind: true, online: true, reason: 'disk full' });
    why = 'disk broken';
    // Probes do not wait for the disk that a push reads from, which may be slow.
    for (let round = 0; round < 1_200 && warnings('config not given').length < 2; round++) await fleet.probes();
    await waitFor('the other reason is logged', () => warnings('config not given').length === 2);
    fleet.spoke('dc2').onReceive = undefined;
    const before = pushes(fleet, 'dc2');
    // Time stands still while the disk works.
    for (let round = 0; round < 400 && pushes(fleet, 'dc2') === before; round++) await fleet.probes();
    await has(fleet, 'dc2', published.version?.version);
  });

  it('is tried at once on a spoke that refused the one before, or that was started anew', async () => {
    const fleet = await newFleet();
    const spoke = fleet.spoke('dc2');
    const refuse = async () => {
      throw new VigoError('DATA_DIR_UNUSABLE', 'disk full');
    };
    const refuseForLong = async (text: string) => {
      spoke.onReceive = refuse;
      const { version } = await publish(fleet.hub.admin, treeOf(text));
      for (let round = 0; round < 150; round++) await fleet.probes();
      return version?.version;
    };
    const version = await refuseForLong('1');
    await spoke.kill();
    spoke.onReceive = undefined;
    await spoke.start();
    await fleet.probes();
    await has(fleet, 'dc2', version);
    await refuseForLong('2');
    spoke.wire = 'cut';
    await fleet.probes(3);
    const next = await publish(fleet.hub.admin, treeOf('3'));
    expect(outcomes(next)).to.equal('dc1 synced, dc2 skipped');
    spoke.onReceive = undefined;
    spoke.wire = 'up';
    await fleet.probes();
    await has(fleet, 'dc2', next.version?.version);
  });

  it('that a spoke took without being heard is not sent to it again', async () => {
    const fleet = await newFleet();
    fleet.spoke('dc2').lostAnswers.add('SyncConfig');
    expect(outcomes(await publish(fleet.hub.admin, treeOf('1')))).to.equal('dc1 synced, dc2 skipped');
    fleet.spoke('dc2').lostAnswers.clear();
    await fleet.probes(2);
    expect(pushes(fleet, 'dc2')).to.equal(1);
    expect(await reasonOf(fleet, 'dc2')).to.deep.include({ behind: false, reason: '' });
  });

  it('is not believed to be with a spoke that says that it serves something else', async () => {
    const fleet = await newFleet();
    await publish(fleet.hub.admin, treeOf('old'));
    const liar = fleet.spoke('dc2');
    const { live } = liar;
    // Killed behind its switch, and back with the disk of yesterday.
    fleet.hub.onCall = (spoke, method) => {
      if (spoke === 'dc2' && method === 'SyncConfig')
        Object.assign(live!, { receive: async () => ({ unchanged: true }) });
    };
    const published = await publish(fleet.hub.admin, treeOf('new'));
    expect(published.spokes[1]?.reason).to.match(/^spoke dc2 took the configuration, but serves version [0-9a-f]{12}$/);
  });

  it('does not keep a hub from stopping', async () => {
    const fleet = await newFleet();
    fleet.spoke('dc2').wire = 'hung';
    const publishing = publish(fleet.hub.admin, treeOf('1')).catch((error: Error) => error);
    await waitFor('the push', () => pushes(fleet, 'dc2') > 0 && fleet.spoke('dc1').live?.current !== undefined);
    await fleet.hub.stop();
    await publishing;
    expect(fleet.hub.running).to.equal(false);
  });

  it('is with the partition of a standalone server as soon as it is published', async () => {
    const version = 'a'.repeat(64);
    const transport = createRouterTransport((router) =>
      router.service(SpokeService, { syncConfig: async () => ({ configVersion: version, unchanged: true }) }),
    );
    const link = {
      spec: { id: 'local', addr: '', patterns: ['*'] },
      endpoint: { address: '', identity: '', spokeId: 'local' },
      client: createClient(SpokeService, transport),
    };
    const distribution = createConfigDistribution({
      links: createPartitionLinks([link]),
      monitor: { known: async () => undefined, view: () => undefined, onStatus: () => {} },
      live: { archive: async () => ({ size: 1, chunks: () => chunksOf(Buffer.alloc(1)) }) },
      sharesLive: true,
      clock: createFakeClock(),
      logger: silentLogger,
    });
    distribution.aim(version);
    const [fresh] = await distribution.distribute(version, true);
    expect(fresh).to.include({ spoke: 'local', outcome: 'synced' });
    const [again] = await distribution.distribute(version, false);
    expect(again).to.include({ outcome: 'unchanged' });
    expect(distribution.versions()).to.deep.equal([{ spoke: 'local', version, behind: false, reason: '' }]);
    await distribution.close();
    expect((await distribution.distribute(version, true))[0]?.reason).to.equal('the server is stopping');
  });
});
