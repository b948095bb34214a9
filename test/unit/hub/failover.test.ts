import { timestampMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { MoveReason, MoveState, SpokeHealth } from '../../../src/gen/vigo/v1/admin_pb.js';
import { checkCalm, checkInvariants } from '../../support/invariants.ts';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet, MemoryFleetOptions } from '../../support/memory-fleet.ts';
import { PEER_HEADER } from '../../support/memory-spoke.ts';
import { useFleet } from '../../support/use-fleet.ts';

const THREE = { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'], dc3: ['*.dc3.*', 'web1.dc1.*'] };
const ON = { enabled: true };

describe('a hub with auto-failover', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;
  let agents: MemoryAgent[];

  const populate = async (options: MemoryFleetOptions = {}, perSpoke = 3) => {
    fleet = await newFleet({ spokes: THREE, autoFailover: ON, ...options });
    agents = [];
    for (const { id } of fleet.spokes) {
      for (let n = 1; n <= perSpoke; n++) agents.push(await fleet.enroll(`web${n}.${id}.example.com`));
    }
    for (const agent of agents) await agent.follow();
  };
  const status = () => fleet.hub.admin.getSpannerStatus({});
  const spoke = async (id: string) => (await status()).spokes.find((each) => each.id === id)!;
  const held = async () => (await status()).failover!.held.map((each) => `${each.spoke} ${each.guard}`);
  const failovers = async () =>
    (await fleet.hub.admin.listMoves({})).moves.filter((move) => move.reason === MoveReason.FAILOVER);
  const owners = () => [...fleet.records.active().values()].map((row) => `${row.hostname} ${row.spoke_id}`).sort();
  const countOn = (id: string) => owners().filter((line) => line.endsWith(` ${id}`)).length;
  const audit = async (subject: string) =>
    (await fleet.hub.admin.listAudit({ subject })).entries.map(({ action, detail }) => `${action} ${detail}`).reverse();
  const report = (id: string, intervalMs = 1_000) =>
    fleet.hub.locate.report(
      { status: { spokeId: id }, intervalMs, hubAddress: 'hub.test:1530' },
      { headers: { [PEER_HEADER]: id } },
    );

  it('drains a dead spoke after as many failed probes as the threshold, by pattern, and its agents follow', async () => {
    await populate();
    await fleet.probes(1);
    await fleet.spoke('dc1').kill();
    await fleet.probes(2);
    expect(await failovers()).to.deep.equal([]);
    expect((await spoke('dc1')).health).to.equal(SpokeHealth.SUSPECT);
    await fleet.probes(1);
    const [move] = await failovers();
    expect(move).to.include({ actor: 'auto-failover', matched: 3 });
    expect(move?.comment).to.match(/^3 failed probes in a row: /);
    expect(await fleet.ended(move!.id)).to.include({ state: MoveState.DONE, moved: 3 });
    // The pattern of dc3 that matches web1, and for the others whoever has the fewest.
    expect(owners().filter((line) => line.includes('.dc1.'))).to.deep.equal([
      'web1.dc1.example.com dc3',
      'web2.dc1.example.com dc2',
      'web3.dc1.example.com dc2',
    ]);
    await checkInvariants(fleet, agents);
    for (const agent of agents) expect((await agent.follow())?.spoke).not.to.equal('dc1');
    expect((await status()).unplaced).to.equal(0);
    expect(await audit('dc1')).to.deep.include.members([`failover.drain ${move!.comment}`]);
  });

  it('gives a spoke that is back its releases before it is healthy, and envoys only from then on', async () => {
    await populate();
    await fleet.spoke('dc1').kill();
    await fleet.probes(4);
    await fleet.ended((await failovers())[0]!.id);
    await fleet.spoke('dc1').start();
    await fleet.probes(1);
    expect(await spoke('dc1')).to.include({ health: SpokeHealth.RECOVERING, pendingNotices: 0, envoyCount: 0 });
    expect(fleet.records.envoys('dc1').size).to.equal(0);
    await fleet.probes(2);
    expect(await spoke('dc1')).to.include({ health: SpokeHealth.HEALTHY, online: true });
    await fleet.enroll('new.dc1.example.com');
    expect(countOn('dc1')).to.equal(1);
    await fleet.probes(10);
    expect(await failovers()).to.have.length(1);
    await checkCalm(fleet, agents);
    const health = (await audit('dc1')).filter((line) => line.startsWith('spoke.health'));
    expect(health.map((line) => line.split(':')[0])).to.deep.equal([
      'spoke.health unknown → healthy',
      'spoke.health healthy → suspect',
      'spoke.health suspect → unhealthy',
      'spoke.health unhealthy → recovering',
      'spoke.health recovering → healthy',
    ]);
  });

  it('that is off drains nobody', async () => {
    await populate({ autoFailover: {} });
    await fleet.spoke('dc1').kill();
    await fleet.probes(20);
    expect(await failovers()).to.deep.equal([]);
    expect((await status()).failover).to.include({ enabled: false, frozen: false });
  });

  it('that is cut off from all spokes is frozen and says why; when the link is back all is as before', async () => {
    await populate();
    const before = owners();
    for (const each of fleet.spokes) each.wire = 'cut';
    await fleet.probes(20);
    expect((await status()).failover).to.deep.include({
      enabled: true,
      frozen: true,
      reason: 'all 3 spokes fail at once: the hub itself may be cut off',
    });
    expect(await held()).to.deep.equal(['dc1 all_failed', 'dc2 all_failed', 'dc3 all_failed']);
    for (const each of fleet.spokes) each.wire = 'up';
    await fleet.probes(3);
    expect((await status()).failover).to.deep.include({ frozen: false, reason: '', held: [] });
    expect(await failovers()).to.deep.equal([]);
    expect(owners()).to.deep.equal(before);
    expect(await audit('dc2')).to.deep.include(
      'failover.held all_failed: all 3 spokes fail at once: the hub itself may be cut off',
    );
    await checkCalm(fleet, agents);
  });

  it('with two spokes drains the dead one of them', async () => {
    await populate({ spokes: { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'] } });
    await fleet.spoke('dc2').kill();
    await fleet.probes(4);
    await fleet.ended((await failovers())[0]!.id);
    expect(countOn('dc1')).to.equal(6);
  });

  it('is frozen when more spokes fail than the fraction allows, until they do not any more', async () => {
    await populate();
    await fleet.spoke('dc1').kill();
    await fleet.spoke('dc2').kill();
    await fleet.probes(6);
    expect(await held()).to.deep.equal(['dc1 fraction', 'dc2 fraction']);
    expect(await failovers()).to.deep.equal([]);
    await fleet.spoke('dc2').start();
    await fleet.probes(3);
    await fleet.ended((await failovers())[0]!.id);
    expect([countOn('dc1'), countOn('dc2') + countOn('dc3')]).to.deep.equal([0, 9]);
  });

  it('drains no spoke that pushes reports: it is unreachable; and does when its reports end', async () => {
    await populate();
    fleet.spoke('dc1').wire = 'cut';
    for (let second = 0; second < 10; second++) {
      await report('dc1');
      await fleet.probes(1);
    }
    const view = await spoke('dc1');
    expect(view).to.include({ health: SpokeHealth.UNREACHABLE, online: false, hubAddress: 'hub.test:1530' });
    expect(view.reason).to.match(/^it pushes reports, but cannot be probed: /);
    expect(await held()).to.deep.equal(['dc1 reporting']);
    expect((await status()).warnings.map(({ spoke: id, code }) => `${id} ${code}`)).to.deep.equal(['dc1 unreachable']);
    expect(await failovers()).to.deep.equal([]);
    await fleet.probes(3);
    expect(await failovers()).to.have.length(1);
    await fleet.ended((await failovers())[0]!.id);
    expect(countOn('dc1')).to.equal(0);
  });

  it('believes a report about the one who sends it, and only if the configuration names it', async () => {
    await populate();
    const refused = await report('dc9').catch((error: Error) => error.message);
    expect(refused).to.include('no spoke "dc9"');
    expect((await status()).spokes.every((each) => each.hubAddress === '')).to.equal(true);
  });

  it('does not drain one after the other at the same time', async () => {
    await populate({
      spokes: { ...THREE, dc4: ['*.dc4.*'], dc5: ['*.dc5.*'] },
      autoFailover: { ...ON, maxRate: 1 },
    });
    await fleet.spoke('dc1').kill();
    await fleet.probes(1);
    await fleet.spoke('dc2').kill();
    await fleet.probes(3);
    expect(await failovers()).to.have.length(1);
    await fleet.probes(1);
    expect(await held()).to.deep.equal(['dc2 running']);
    await fleet.probes(3);
    for (let seconds = 0; countOn('dc1') + countOn('dc2') > 0 && seconds < 60; seconds++) await fleet.probes(1);
    const moves = (await failovers()).reverse();
    for (const [i, { startedAt }] of moves.entries()) {
      const before = moves[i - 1]?.endedAt;
      if (before) expect(timestampMs(startedAt!)).to.be.at.least(timestampMs(before));
    }
    expect([countOn('dc1'), countOn('dc2')]).to.deep.equal([0, 0]);
  });

  it('leaves envoys that fit nowhere where they are and counts them, until a spoke takes them', async () => {
    await populate({ autoFailover: { ...ON, fallback: 'none' } });
    await fleet.spoke('dc1').kill();
    await fleet.probes(4);
    await fleet.ended((await failovers())[0]!.id);
    await fleet.probes(2);
    // web1 matches a pattern of dc3.
    expect([countOn('dc1'), countOn('dc3')]).to.deep.equal([2, 4]);
    expect((await status()).unplaced).to.equal(2);
    await fleet.probes(60);
    expect(await held()).to.deep.equal(['dc1 no_place']);
    expect(await failovers()).to.have.length(1);
    await fleet.spoke('dc1').start();
    await fleet.probes(4);
    expect(await status()).to.deep.include({ unplaced: 0 });
    await checkCalm(fleet, agents);
  });

  it('that dies in the middle goes on when it is back, and drains what else has failed meanwhile', async () => {
    await populate({ autoFailover: { ...ON, maxRate: 1 } });
    await fleet.spoke('dc1').kill();
    await fleet.probes(4);
    expect(await failovers()).to.have.length(1);
    await fleet.hub.kill();
    await fleet.hub.start();
    await fleet.probes(8);
    const [move, ...others] = await failovers();
    expect(others).to.deep.equal([]);
    expect((await fleet.ended(move!.id)).moved).to.equal(3);
    expect(countOn('dc1')).to.equal(0);
    await checkInvariants(fleet, agents);
  });

  it('counts no failure that is only a refusal for too much work', async () => {
    await populate();
    fleet.spoke('dc1').refuses = true;
    await fleet.probes(20);
    expect(await spoke('dc1')).to.include({ health: SpokeHealth.SUSPECT, online: true });
    expect((await spoke('dc1')).reason).to.match(/^busy: /);
    expect(await failovers()).to.deep.equal([]);
    fleet.spoke('dc1').refuses = false;
    await fleet.probes(1);
    expect((await spoke('dc1')).health).to.equal(SpokeHealth.HEALTHY);
  });
});
