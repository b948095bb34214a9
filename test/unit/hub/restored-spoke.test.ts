import { copyFile, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { MoveReason, SpokeHealth } from '../../../src/gen/vigo/v1/admin_pb.js';
import { checkCalm, checkInvariants } from '../../support/invariants.ts';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import type { MemorySpoke } from '../../support/memory-spoke.ts';
import { useFleet } from '../../support/use-fleet.ts';

describe('a spoke that was restored from an old backup', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;
  let dc1: MemorySpoke;
  let agents: MemoryAgent[];

  const backUp = async () => {
    await dc1.stop();
    await copyFile(dc1.databaseFile, `${dc1.databaseFile}.backup`);
    await dc1.start();
    await fleet.probes(3);
  };
  const restore = async () => {
    await dc1.kill();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${dc1.databaseFile}${suffix}`, { force: true });
    await copyFile(`${dc1.databaseFile}.backup`, dc1.databaseFile);
    // What the test's own record of its releases says is about the disk before.
    dc1.released.clear();
    await dc1.start();
    fleet.records.replaced('dc1');
  };
  const reassign = async (hostname: string, to: string) => {
    const order = { reason: MoveReason.REASSIGN, hostname, to };
    const { move } = await fleet.drive(fleet.hub.admin.startMove(order));
    await fleet.ended(move!.id);
    for (const agent of agents) await agent.follow();
  };
  const health = async () => (await fleet.hub.admin.getSpannerStatus({})).spokes.find(({ id }) => id === 'dc1')!.health;
  const epochs = () =>
    [...fleet.records.envoys('dc1').values()].map(({ hostname, epoch }) => `${hostname.split('.')[0]} ${epoch}`).sort();

  beforeEach(async () => {
    fleet = await newFleet();
    dc1 = fleet.spoke('dc1');
    agents = [];
    for (const name of ['web1', 'web2', 'web3']) agents.push(await fleet.enroll(`${name}.dc1.example.com`));
    for (const agent of agents) await agent.follow();
    await fleet.probes(1);
  });

  it('serves nobody under an epoch that is over, and is corrected before it counts as healthy', async () => {
    await backUp();
    await reassign('web1.*', 'dc2');
    await reassign('web1.*', 'dc1');
    await reassign('web2.*', 'dc2');
    agents.push(await fleet.enroll('new.dc1.example.com'));
    await agents.at(-1)!.follow();
    await fleet.hub.admin.revokeEnvoy({ envoy: 'web3.dc1.example.com' });
    await fleet.probes(1);
    await restore();
    expect(epochs()).to.deep.equal(['web1 1', 'web2 1', 'web3 1']);
    // It knows web1 under epoch 1, its agent was served under 3 already; the new one it does not know at all.
    expect(await agents[0]!.step()).to.equal('failed');
    expect(await agents[3]!.step()).to.equal('failed');
    await fleet.probes(1);
    expect(epochs()).to.deep.equal(['new 1', 'web1 3']);
    await fleet.probes(3);
    expect(await health()).to.equal(SpokeHealth.HEALTHY);
    await checkInvariants(fleet, agents);
    await checkCalm(fleet, agents);
    const { entries } = await fleet.hub.admin.listAudit({ subject: 'dc1' });
    expect(entries.map(({ action, detail }) => `${action} ${detail}`)).to.include(
      'spoke.corrected it did not serve whom the directory says: 2 records given, 2 taken back',
    );
  });

  it('is not healthy as long as it does not take its corrections', async () => {
    await backUp();
    agents.push(await fleet.enroll('new.dc1.example.com'));
    await restore();
    dc1.lostAnswers.add('ListEnvoys');
    await fleet.probes(5);
    expect(await health()).to.equal(SpokeHealth.SUSPECT);
    dc1.lostAnswers.clear();
    await fleet.probes(2);
    expect(await health()).to.equal(SpokeHealth.HEALTHY);
    await checkCalm(fleet, agents);
  });

  it('that lost its disk gets everything again', async () => {
    await dc1.kill();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${dc1.databaseFile}${suffix}`, { force: true });
    await dc1.start();
    fleet.records.replaced('dc1');
    await fleet.probes(4);
    expect(epochs()).to.deep.equal(['web1 1', 'web2 1', 'web3 1']);
    await checkCalm(fleet, agents);
  });

  it('costs a probe nothing while both agree, and no list while envoys come and go', async () => {
    await fleet.probes(3);
    expect(dc1.calls.get('ListEnvoys') ?? 0).to.equal(0);
    for (let n = 0; n < 5; n++) {
      agents.push(await fleet.enroll(`more${n}.dc1.example.com`));
      await fleet.probes(1);
    }
    await reassign('more*', 'dc2');
    await fleet.probes(3);
    expect(dc1.calls.get('ListEnvoys') ?? 0).to.equal(0);
  });

  it('is asked for its list once about what no correction settles', async () => {
    // Somebody has changed a row by hand: both know the envoy under the same epoch, and not as the same.
    await dc1.stop();
    const disk = new DatabaseSync(dc1.databaseFile);
    disk.exec("update envoys set enrolled_at = enrolled_at + 1 where hostname like 'web1.%'");
    disk.close();
    await dc1.start();
    await fleet.probes(10);
    expect(dc1.calls.get('ListEnvoys')).to.equal(1);
    expect(await health()).to.equal(SpokeHealth.HEALTHY);
  });
});
