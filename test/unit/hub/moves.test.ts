import { expect } from 'chai';
import {
  type ListEnvoysResponse,
  type Move,
  MoveReason,
  MoveState,
  SpokeEligibility,
  SpokeHealth,
} from '../../../src/gen/vigo/v1/admin_pb.js';
import { checkCalm, checkInvariants } from '../../support/invariants.ts';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet, MemoryFleetOptions } from '../../support/memory-fleet.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { runId, runOf } from '../../support/runs.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';

const THREE = { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'], dc3: ['*.dc3.*'] };

describe('a move', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;
  let agents: MemoryAgent[];

  const populate = async (options?: MemoryFleetOptions, perSpoke = 3) => {
    fleet = await newFleet(options);
    agents = [];
    for (const { id } of fleet.spokes) {
      for (let n = 1; n <= perSpoke; n++) agents.push(await fleet.enroll(`web${n}.${id}.example.com`));
    }
    for (const agent of agents) await agent.follow();
  };
  const start = async (order: Parameters<MemoryFleet['hub']['admin']['startMove']>[0]): Promise<Move> => {
    const { move } = await fleet.drive(fleet.hub.admin.startMove(order));
    return move!;
  };
  const drain = (from: string, more: { to?: string; maxRate?: number; dryRun?: boolean } = {}) =>
    start({ reason: MoveReason.DRAIN, from, ...more });
  const reassign = (hostname: string, to: string, more: { maxRate?: number; dryRun?: boolean } = {}) =>
    start({ reason: MoveReason.REASSIGN, hostname, to, ...more });
  const spokesOf = () =>
    Object.fromEntries([...fleet.records.active().values()].map((row) => [row.hostname, row.spoke_id]));
  const countOn = (spoke: string) => Object.values(spokesOf()).filter((owner) => owner === spoke).length;
  const spoke = async (id: string) =>
    (await fleet.hub.admin.getSpannerStatus({})).spokes.find((each) => each.id === id)!;

  describe('of some envoys (reassign)', () => {
    it('moves those that match, and their agents follow without asking the hub', async () => {
      await populate();
      const move = await fleet.ended((await reassign('web[12].dc1.*', 'dc2')).id);
      expect(move).to.include({
        state: MoveState.DONE,
        matched: 2,
        moved: 2,
        failedCount: 0,
        releasesPending: 0,
        actor: 'tester',
      });
      expect(move.plan.map(({ from, to, envoys }) => ({ from, to, envoys }))).to.deep.equal([
        { from: 'dc1', to: 'dc2', envoys: 2 },
      ]);
      const located = fleet.hub.life.steps;
      expect(await agents[0]!.step()).to.equal('redirected');
      expect(await agents[0]!.step()).to.equal('served');
      expect(agents[0]!.state.owner).to.deep.include({ epoch: 2 });
      expect(fleet.hub.life.steps).to.equal(located);
      await checkCalm(fleet, agents);
    });

    it('carries traits and times along', async () => {
      await populate();
      agents[0]!.traits = { hostname: 'web1', cpus: 64 };
      agents[0]!.restart();
      await agents[0]!.follow();
      await fleet.ended((await reassign('web1.dc1.*', 'dc2')).id);
      const { traits, envoy, placements } = await fleet.drive(fleet.hub.admin.getEnvoy({ envoy: agents[0]!.id }));
      expect(traits).to.deep.equal({ hostname: 'web1', cpus: 64 });
      expect(envoy?.lastSeenAt).not.to.equal(undefined);
      expect(placements.map(({ spoke, epoch, reason }) => `${spoke} ${epoch} ${reason}`)).to.deep.equal([
        'dc2 2 reassign',
        'dc1 1 enrolled',
      ]);
    });

    it('leaves those alone that are there already, and is done at once if all are', async () => {
      await populate();
      const move = await reassign('*', 'dc2');
      expect(move.skipped.map(({ hostname }) => hostname)).to.have.members([
        'web1.dc2.example.com',
        'web2.dc2.example.com',
        'web3.dc2.example.com',
      ]);
      expect(await fleet.ended(move.id)).to.include({ state: MoveState.DONE, matched: 6, moved: 3, skippedCount: 3 });
      expect(await reassign('*', 'dc2')).to.include({ id: '', state: MoveState.DONE, matched: 6, moved: 0 });
    });

    it('refuses targets that cannot take envoys, and wishes that cannot be meant', async () => {
      await populate();
      expect(await codeOf(reassign('*', 'dc9'))).to.equal('SPOKE_NOT_FOUND');
      expect(await codeOf(reassign('', 'dc2'))).to.equal('INVALID_ARGUMENT');
      expect(await codeOf(reassign('*', ''))).to.equal('INVALID_ARGUMENT');
      expect(await codeOf(reassign('a{b', 'dc2'))).to.equal('INVALID_PATTERN');
      expect(await codeOf(start({ reason: MoveReason.FAILOVER }))).to.equal('INVALID_ARGUMENT');
      expect(await codeOf(drain('dc1', { to: 'dc1' }))).to.equal('INVALID_ARGUMENT');
      expect(await codeOf(drain('dc9'))).to.equal('SPOKE_NOT_FOUND');
      await fleet.hub.admin.cordonSpoke({ id: 'dc2' });
      expect(await codeOf(reassign('*', 'dc2'))).to.equal('SPOKE_NOT_ELIGIBLE');
      await fleet.hub.admin.uncordonSpoke({ id: 'dc2' });
      await fleet.spoke('dc2').kill();
      await fleet.probes(4);
      expect(await codeOf(reassign('*', 'dc2'))).to.equal('SPOKE_UNAVAILABLE');
      expect(await codeOf(drain('dc1', { to: 'dc2' }))).to.equal('SPOKE_UNAVAILABLE');
      expect((await spoke('dc1')).eligibility, 'a refused drain leaves no mark').to.equal(SpokeEligibility.ELIGIBLE);
      expect(fleet.records.moves()).to.deep.equal([]);
      expect(await codeOf(fleet.hub.admin.getMove({ id: 'nope' }))).to.equal('MOVE_NOT_FOUND');
      expect(await codeOf(fleet.hub.admin.cancelMove({ id: 'nope' }))).to.equal('MOVE_NOT_FOUND');
    });
  });

  describe('that empties a spoke (drain)', () => {
    it('chooses targets by pattern, in the order of the configuration, else the spoke with the fewest envoys', async () => {
      await populate({ spokes: { dc1: ['*.dc1.*'], any: ['web1.*'], dc2: ['*.dc2.*', 'web*'], idle: ['idle*'] } }, 2);
      const extra = await fleet.enroll('db1.dc1.example.com');
      const move = await fleet.ended((await drain('dc1')).id);
      expect(move).to.include({ state: MoveState.DONE, moved: 3 });
      expect(spokesOf()).to.include({
        'web1.dc1.example.com': 'any',
        'web2.dc1.example.com': 'dc2',
        'db1.dc1.example.com': 'idle',
      });
      expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.DRAINED);
      expect(await codeOf(fleet.enroll('web9.dc1.example.com'))).to.equal('SPOKE_NOT_ELIGIBLE');
      await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
      await checkCalm(fleet, [...agents, extra]);
    });

    it('goes where it is told with a target', async () => {
      await populate({ spokes: THREE });
      await fleet.ended((await drain('dc1', { to: 'dc3' })).id);
      expect([countOn('dc1'), countOn('dc2'), countOn('dc3')]).to.deep.equal([0, 3, 6]);
    });

    it('leaves envoys in place that have nowhere to go, and the spoke cordoned', async () => {
      await populate({ spokes: THREE, fallback: 'none' });
      const move = await drain('dc1');
      expect(move).to.include({ id: '', state: MoveState.INCOMPLETE, matched: 3, skippedCount: 3 });
      expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.CORDONED);
      expect(countOn('dc1')).to.equal(3);
    });

    it('only says what it would do in a dry run', async () => {
      await populate();
      const before = fleet.records.placements();
      const move = await drain('dc1', { dryRun: true });
      expect(move).to.include({ id: '', dryRun: true, matched: 3, moved: 0, state: MoveState.DONE });
      expect(move.plan[0]).to.include({ from: 'dc1', to: 'dc2', envoys: 3 });
      expect(fleet.records.placements()).to.deep.equal(before);
      expect(fleet.records.moves()).to.deep.equal([]);
      expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.ELIGIBLE);
    });

    it('marks an empty spoke as drained', async () => {
      await populate(undefined, 0);
      expect(await drain('dc1')).to.include({ id: '', state: MoveState.DONE, matched: 0 });
      expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.DRAINED);
    });

    it('empties a dead spoke from what the directory knows; its releases wait, and come before it counts as healthy', async () => {
      await populate();
      await fleet.spoke('dc1').kill();
      await fleet.probes(4);
      const move = await fleet.ended((await drain('dc1')).id);
      expect(move).to.include({ state: MoveState.DONE, moved: 3, releasesPending: 3 });
      await checkInvariants(fleet, agents);
      expect(await agents[0]!.follow()).to.deep.equal({ spoke: 'dc2', epoch: 2 });
      const states: SpokeHealth[] = [];
      await fleet.spoke('dc1').start();
      fleet.spoke('dc1').lostAnswers.add('Release');
      for (let round = 0; round < 6; round++) {
        if (round === 3) fleet.spoke('dc1').lostAnswers.clear();
        await fleet.probes();
        const { health, pendingNotices } = await spoke('dc1');
        states.push(health);
        if (health === SpokeHealth.HEALTHY) expect(pendingNotices).to.equal(0);
      }
      const { RECOVERING, HEALTHY } = SpokeHealth;
      expect(states).to.deep.equal([RECOVERING, RECOVERING, RECOVERING, HEALTHY, HEALTHY, HEALTHY]);
      expect(await agents[1]!.step(), 'told by its old spoke').to.equal('redirected');
      expect((await fleet.hub.admin.getMove({ id: move.id })).move?.releasesPending).to.equal(0);
      await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
      await checkCalm(fleet, agents);
    });

    it('of a spoke that left the configuration', async () => {
      await populate();
      await fleet.hub.stop();
      fleet.leftOut.add('dc1');
      await fleet.hub.start();
      expect(await fleet.ended((await drain('dc1')).id)).to.include({ state: MoveState.DONE, moved: 3 });
      expect(countOn('dc2')).to.equal(6);
      fleet.leftOut.clear();
      await fleet.hub.stop();
      await fleet.hub.start();
      await fleet.probes(3);
      await checkCalm(fleet, agents);
    });
  });

  it('home again (rebalance) moves what is not where its host name belongs, and nothing else', async () => {
    await populate({ spokes: THREE });
    await fleet.ended((await drain('dc1', { to: 'dc2' })).id);
    expect(await start({ reason: MoveReason.REBALANCE })).to.include({
      id: '',
      state: MoveState.INCOMPLETE,
      matched: 3,
      skippedCount: 3,
    });
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    const move = await fleet.ended((await start({ reason: MoveReason.REBALANCE })).id);
    expect(move).to.include({ state: MoveState.DONE, matched: 3, moved: 3, skippedCount: 0 });
    for (const [hostname, owner] of Object.entries(spokesOf())) expect(hostname).to.contain(owner);
    await checkCalm(fleet, agents);
  });

  it('shows each envoy once in a list, whatever step it is at', async () => {
    await populate({ spokes: THREE });
    const lists: Promise<ListEnvoysResponse>[] = [];
    fleet.hub.onCall = (_spoke, method) => {
      if (!['GetEnvoys', 'Adopt', 'Release'].includes(method)) return;
      lists.push(fleet.hub.admin.listEnvoys({}));
      void Promise.resolve().then(() => lists.push(fleet.hub.admin.listEnvoys({ descending: true })));
    };
    for (const from of ['dc1', 'dc2']) await fleet.ended((await drain(from, { to: 'dc3' })).id);
    fleet.hub.onCall = undefined;
    expect(lists.length).to.be.at.least(12);
    const everybody = agents.map((agent) => agent.id).sort();
    for (const { envoys, total, complete } of await Promise.all(lists)) {
      expect(envoys.map((envoy) => envoy.id).sort()).to.deep.equal(everybody);
      expect([total, complete]).to.deep.equal([9, true]);
    }
  });

  it('keeps its rate', async () => {
    await populate(undefined, 5);
    const begun = fleet.clock.monotonic();
    await fleet.ended((await drain('dc1', { maxRate: 2 })).id);
    expect(fleet.clock.monotonic() - begun).to.be.within(2_000, 3_300);
  });

  it('that is cancelled keeps what has moved, and can be planned again', async () => {
    await populate(undefined, 5);
    const move = await drain('dc1', { maxRate: 1 });
    await fleet.clock.advance(1_500);
    expect((await fleet.hub.admin.getMove({ id: move.id })).move).to.include({ state: MoveState.RUNNING, moved: 2 });
    const { move: ended } = await fleet.drive(fleet.hub.admin.cancelMove({ id: move.id }));
    expect(ended).to.include({ state: MoveState.CANCELLED, moved: 2, failedCount: 3 });
    expect(countOn('dc1')).to.equal(3);
    expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.CORDONED);
    expect(await codeOf(fleet.hub.admin.cancelMove({ id: move.id }))).to.equal('MOVE_NOT_RUNNING');
    await checkInvariants(fleet, agents);
    expect(await fleet.ended((await drain('dc1')).id)).to.include({ state: MoveState.DONE, moved: 3 });
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    await checkCalm(fleet, agents);
  });

  it('whose target dies is incomplete, leaves the rest in place, and can be planned again', async () => {
    await populate(undefined, 4);
    const move = await drain('dc1', { to: 'dc2', maxRate: 1 });
    await fleet.clock.advance(500);
    await fleet.spoke('dc2').kill();
    const ended = await fleet.ended(move.id);
    expect(ended).to.include({ state: MoveState.INCOMPLETE, moved: 1, failedCount: 3 });
    expect(ended.failed[0]?.reason).to.match(/^dc2 did not take it: cannot reach spoke dc2/);
    expect(countOn('dc1')).to.equal(3);
    await checkInvariants(fleet, agents);
    await fleet.spoke('dc2').start();
    await fleet.probes(3);
    expect(await fleet.ended((await drain('dc1', { to: 'dc2' })).id)).to.include({ state: MoveState.DONE, moved: 3 });
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    await checkCalm(fleet, agents);
  });

  it('whose target loses its answers goes on when it answers again', async () => {
    await populate();
    fleet.spoke('dc2').lostAnswers.add('Adopt');
    const move = await drain('dc1');
    await fleet.clock.advance(1_000);
    fleet.spoke('dc2').lostAnswers.clear();
    expect(await fleet.ended(move.id)).to.include({ state: MoveState.DONE, moved: 3 });
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    await checkCalm(fleet, agents);
  });

  it('whose target takes envoys but never says so leaves them with their owner, and the target lets them go', async () => {
    await populate();
    fleet.spoke('dc2').lostAnswers.add('Adopt');
    const ended = await fleet.ended((await reassign('*.dc1.*', 'dc2')).id);
    expect(ended).to.include({ state: MoveState.INCOMPLETE, moved: 0, failedCount: 3 });
    await checkInvariants(fleet, agents);
    await fleet.probes(2);
    expect(fleet.records.envoys('dc2').size).to.equal(3);
    expect(await agents[0]!.follow()).to.deep.equal({ spoke: 'dc1', epoch: 1 });
    fleet.spoke('dc2').lostAnswers.clear();
    expect(await fleet.ended((await reassign('*.dc1.*', 'dc2')).id)).to.include({ state: MoveState.DONE, moved: 3 });
    await checkCalm(fleet, agents);
  });

  it('that is given up when the target has served an agent already gives that agent its owner back', async () => {
    await populate();
    // Its agent has not noticed yet that it has moved away from dc1, when it is to move back.
    await fleet.ended((await reassign('web1.dc1.*', 'dc2')).id);
    fleet.spoke('dc1').lostAnswers.add('Adopt');
    const back = await reassign('web1.dc1.*', 'dc1');
    await settleTurns();
    expect(await agents[0]!.follow(), 'served under an epoch that is never committed').to.deep.equal({
      spoke: 'dc1',
      epoch: 3,
    });
    expect(await fleet.ended(back.id)).to.include({ state: MoveState.INCOMPLETE });
    fleet.spoke('dc1').lostAnswers.clear();
    await fleet.probes(2);
    expect(await agents[0]!.follow()).to.deep.equal({ spoke: 'dc2', epoch: 5 });
    await checkCalm(fleet, agents);
  });

  it('does not cost an envoy its verdict when its epoch is put right and its owner does not say how it is', async () => {
    await populate();
    await agents[0]!.report(runOf(1, fleet.clock.now(), { ok: 0, changed: 1 }));
    await fleet.ended((await reassign('web1.dc1.*', 'dc2')).id);
    fleet.spoke('dc1').lostAnswers.add('Adopt');
    const back = await reassign('web1.dc1.*', 'dc1');
    await settleTurns();
    await agents[0]!.follow();
    await fleet.ended(back.id);
    fleet.spoke('dc1').lostAnswers.clear();
    await fleet.probes(2);
    fleet.spoke('dc2').lostAnswers.add('GetEnvoys');
    expect((await agents[0]!.follow(8))?.epoch).to.equal(undefined);
    fleet.spoke('dc2').lostAnswers.clear();
    expect((await agents[0]!.follow())?.spoke).to.equal('dc2');
    const record = fleet.records.envoys('dc2').get(agents[0]!.id);
    expect(record).to.include({ status: 'converged', changed_streak: 1, last_run_id: runId(1) });
    await checkCalm(fleet, agents);
  });

  it('is put off for an agent whose epoch has to be put right first', async () => {
    await populate();
    await fleet.ended((await reassign('*.dc1.*', 'dc2')).id);
    fleet.spoke('dc1').lostAnswers.add('Adopt');
    const back = await reassign('*.dc1.*', 'dc1');
    await settleTurns();
    for (const agent of agents) await agent.follow();
    await fleet.ended(back.id);
    fleet.spoke('dc1').lostAnswers.clear();
    await fleet.probes(2);
    const slow = await reassign('*.dc1.*', 'dc1', { maxRate: 1 });
    const served = [];
    for (const agent of agents.slice(0, 3)) served.push(await agent.follow());
    expect(served.map((each) => each?.spoke)).to.deep.equal(['dc1', 'dc2', 'dc2']);
    await checkInvariants(fleet, agents);
    expect(await fleet.ended(slow.id)).to.include({ state: MoveState.INCOMPLETE, moved: 1, failedCount: 2 });
    await checkCalm(fleet, agents);
  });

  it('away from a spoke that has just died, and back in vain, leaves it one word for each envoy when it returns', async () => {
    await populate();
    await fleet.spoke('dc1').kill();
    await fleet.ended((await reassign('*.dc1.*', 'dc2')).id);
    const back = await reassign('*.dc1.*', 'dc1');
    await settleTurns();
    await fleet.drive(fleet.hub.admin.cancelMove({ id: back.id }));
    const words = Map.groupBy(fleet.records.notices(), (notice) => notice.envoy_id);
    expect(
      [...words.values()].map((notices) => notices.length),
      'releases that wait',
    ).to.deep.equal([2, 2, 2]);
    await fleet.spoke('dc1').start();
    await fleet.probes(6);
    await checkCalm(fleet, agents);
  });

  it('takes no envoy that another move has already', async () => {
    await populate({ spokes: THREE }, 4);
    const first = await drain('dc1', { to: 'dc2', maxRate: 1 });
    // One is on dc2 by now, and free again.
    const second = await reassign('*.dc1.*', 'dc3');
    expect(second).to.include({ matched: 4, skippedCount: 3 });
    expect(second.skipped[0]?.reason).to.contain(first.id);
    expect(await fleet.ended(second.id)).to.include({ state: MoveState.INCOMPLETE, moved: 1 });
    expect(await fleet.ended(first.id)).to.include({ state: MoveState.DONE, moved: 4 });
    expect([countOn('dc1'), countOn('dc2'), countOn('dc3')]).to.deep.equal([0, 7, 5]);
    await checkInvariants(fleet, agents);
  });

  it('that drains a spoke is not disturbed by a second drain of it', async () => {
    await populate(undefined, 4);
    const first = await drain('dc1', { maxRate: 1 });
    expect(await drain('dc1')).to.include({ id: '', state: MoveState.INCOMPLETE });
    expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.DRAINING);
    await fleet.ended(first.id);
    expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.DRAINED);
  });

  it('does not cordon a spoke again that was uncordoned while it was drained', async () => {
    await populate(undefined, 3);
    const move = await drain('dc1', { maxRate: 1 });
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    await fleet.ended(move.id);
    expect((await spoke('dc1')).eligibility).to.equal(SpokeEligibility.ELIGIBLE);
  });

  it('whose target left the configuration while the hub was down ends, and says so', async () => {
    await populate({ spokes: THREE }, 4);
    const move = await drain('dc1', { to: 'dc2', maxRate: 1 });
    await fleet.hub.kill();
    fleet.leftOut.add('dc2');
    await fleet.hub.start();
    const ended = await fleet.ended(move.id);
    expect(ended).to.include({ state: MoveState.INCOMPLETE });
    expect(ended.failed[0]?.reason).to.equal('dc2 is not in the configuration any more');
  });

  it('can be watched until it ends', async () => {
    await populate(undefined, 3);
    const move = await drain('dc1', { maxRate: 1 });
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { move: now } of fleet.hub.admin.watchMove({ id: move.id })) seen.push(now!.moved);
    })();
    await fleet.drive(watching);
    expect(seen).to.deep.equal([...seen].sort());
    expect(seen.at(-1)).to.equal(3);
    expect(new Set(seen).size).to.be.at.least(3);
  });

  it('is in the journal, newest first', async () => {
    await populate({ spokes: THREE });
    const ids: string[] = [];
    for (const to of ['dc2', 'dc3', 'dc1']) {
      ids.unshift((await reassign('web1.*', to)).id);
      await fleet.ended(ids[0]!);
    }
    const journal = async (request: { limit?: number; before?: string }) =>
      (await fleet.hub.admin.listMoves(request)).moves.map((move) => move.id);
    expect(await journal({})).to.deep.equal(ids);
    expect(await journal({ limit: 2 })).to.deep.equal(ids.slice(0, 2));
    expect(await journal({ limit: 2, before: ids[1]! })).to.deep.equal(ids.slice(2));
  });

  it('goes on in a hub that was stopped and started again', async () => {
    await populate(undefined, 5);
    const move = await drain('dc1', { maxRate: 1 });
    await fleet.clock.advance(1_500);
    await fleet.hub.stop();
    expect(countOn('dc2')).to.be.within(6, 8);
    await fleet.hub.start();
    expect(await fleet.ended(move.id)).to.include({ state: MoveState.DONE, moved: 5 });
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    await checkCalm(fleet, agents);
  });

  it('is taken up again when its journal could not be written for a while', async () => {
    await populate();
    let failures = 3;
    fleet.hub.onStatement = (kind) => {
      if (failures > 0 && kind === 'UpdateQueryNode') {
        failures--;
        throw new Error('database or disk is full');
      }
    };
    const { move } = await fleet.hub.admin.startMove({ reason: MoveReason.REASSIGN, hostname: '*', to: 'dc2' });
    await settleTurns();
    expect(await fleet.ended(move!.id)).to.include({ state: MoveState.DONE, moved: 3 });
    await checkCalm(fleet, agents);
  });
});
