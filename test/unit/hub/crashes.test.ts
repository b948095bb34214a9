/** A hub that is killed in place of each single step of a move, and started again. */
import { expect } from 'chai';
import { MoveReason, MoveState } from '../../../src/gen/vigo/v1/admin_pb.js';
import { checkCalm, checkInvariants } from '../../support/invariants.ts';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';

describe('a hub that is killed at any step', () => {
  const newFleet = useFleet();

  const populate = async (fleet: MemoryFleet): Promise<MemoryAgent[]> => {
    const agents: MemoryAgent[] = [];
    for (const name of ['web1.dc1', 'web2.dc1', 'web1.dc2']) agents.push(await fleet.enroll(`${name}.example.com`));
    for (const agent of agents) await agent.follow();
    return agents;
  };

  /** Runs the drain with the hub dying at step `n`; false if it did not live to see that step. */
  const drainDyingAt = async (fleet: MemoryFleet, n: number, from: string): Promise<boolean> => {
    fleet.hub.life.killAtStep(n);
    await fleet.hub.admin.startMove({ reason: MoveReason.DRAIN, from }).catch(() => undefined);
    await settleTurns();
    return !fleet.hub.running;
  };

  it('of a drain finishes it, or has not begun it; every agent is served all the time', async () => {
    const fleet = await newFleet();
    const agents = await populate(fleet);
    let from = 'dc1';
    let n = 1;
    for (; await drainDyingAt(fleet, n, from); n++) {
      await checkInvariants(fleet, agents);
      await fleet.hub.kill();
      await fleet.hub.start();
      await settleTurns();
      await checkInvariants(fleet, agents);
      const planned = fleet.records.moves().length > 0 && (await fleet.hub.admin.listMoves({})).moves[0];
      if (planned) expect((await fleet.ended(planned.id)).state).to.be.oneOf([MoveState.DONE]);
      for (const { id } of fleet.spokes) await fleet.hub.admin.uncordonSpoke({ id });
      await fleet.probes(3);
      await checkCalm(fleet, agents);
      if ([...fleet.records.active().values()].every((row) => row.spoke_id !== from))
        from = from === 'dc1' ? 'dc2' : 'dc1';
    }
    expect(n, 'steps of a drain').to.be.above(20);
    fleet.hub.life.killAtStep(Number.POSITIVE_INFINITY);
    await checkCalm(fleet, agents);
  });

  it('while it takes up a move finishes it nevertheless', async () => {
    const fleet = await newFleet();
    const agents = await populate(fleet);
    // Adopted, and not committed: the step in the middle.
    fleet.hub.onCall = (_spoke, method) => {
      if (method === 'Adopt') fleet.hub.life.killAtStep(2);
    };
    await fleet.hub.admin.startMove({ reason: MoveReason.DRAIN, from: 'dc1' }).catch(() => undefined);
    await settleTurns();
    fleet.hub.onCall = undefined;
    expect(fleet.hub.running).to.equal(false);
    expect(fleet.records.envoys('dc2').size, 'adopted').to.equal(3);
    let deaths = 0;
    for (let n = 1; ; n++) {
      await fleet.hub.kill();
      await fleet.hub.start({ killAtStep: n });
      await settleTurns();
      if (fleet.hub.running && fleet.records.moves()[0]?.state === 'done') break;
      if (!fleet.hub.running) deaths++;
      await checkInvariants(fleet, agents);
    }
    expect(deaths).to.be.above(8);
    expect([...fleet.records.active().values()].every((row) => row.spoke_id === 'dc2')).to.equal(true);
    await fleet.hub.kill();
    await fleet.hub.start();
    await fleet.probes(3);
    await checkCalm(fleet, agents);
  });

  it('of a spoke that is killed at any moment of a move loses nobody', async () => {
    for (const victim of ['dc1', 'dc2']) {
      for (const method of ['GetEnvoys', 'Adopt', 'Release']) {
        const fleet = await newFleet();
        const agents = await populate(fleet);
        fleet.hub.onCall = (_spoke, called) => {
          if (called === method) void fleet.spoke(victim).kill();
        };
        const { move } = await fleet.hub.admin.startMove({ reason: MoveReason.DRAIN, from: 'dc1' });
        await fleet.ended(move!.id);
        fleet.hub.onCall = undefined;
        await checkInvariants(fleet, agents);
        await fleet.spoke(victim).start();
        await fleet.probes(6);
        await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
        await checkCalm(fleet, agents);
      }
    }
  });
});
