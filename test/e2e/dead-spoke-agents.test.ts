/** A spoke dies under two hundred agents: another serves all of them within an interval and ten seconds, evenly. */
import { expect } from 'chai';
import { MoveReason, MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import { type Fleet, useFleetProcesses } from '../support/fleet-processes.ts';
import { enrollManyAgents, type ManyAgents } from '../support/many-agents.ts';
import { waitFor } from '../support/wait-for.ts';

const AGENTS = 200;
const INTERVAL_MS = 8_000;
const HOSTS = Array.from({ length: AGENTS }, (_, i) => `web${i}.dc1.example.com`);
/** Twice what comes when nothing is wrong. */
const MOST_PER_SECOND = (2 * AGENTS) / (INTERVAL_MS / 1000);

/** The hub drains the dead spoke by itself; resolves when the directory names another for all. */
async function failedOver(fleet: Fleet): Promise<void> {
  await waitFor('the failover is done', async () => {
    const { moves } = await fleet.admin.listMoves({});
    return moves[0]?.reason === MoveReason.FAILOVER && moves[0].state === MoveState.DONE;
  });
}

describe('the agents of a spoke that dies', function () {
  this.timeout(90_000);
  let agents: ManyAgents | undefined;
  after(() => agents?.stop());
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'], autoFailover: true, checkinInterval: `${INTERVAL_MS}ms` });

  it('are all served by another within an interval and ten seconds, and no second sees a crowd', async () => {
    const token = await fleet.enrollmentToken();
    const { stateDir, rootOf } = fleet;
    const all = await enrollManyAgents({ hostnames: HOSTS, token, stateDir, rootOf });
    agents = all;
    const servedBy = (spoke: string) =>
      new Set(all.calls.filter(({ at, outcome }) => at === spoke && outcome === 'served').map((call) => call.hostname))
        .size;
    await all.start(INTERVAL_MS);
    await waitFor('dc1 serves all', () => servedBy('dc1') === AGENTS, 30_000);

    const diedAt = systemClock.monotonic();
    await fleet.kill9('dc1');
    await failedOver(fleet);
    const namedAt = systemClock.monotonic();
    await waitFor('dc2 serves all', () => servedBy('dc2') === AGENTS, INTERVAL_MS + 12_000);

    const first = new Map<string, number>();
    for (const { hostname, at, outcome, begunAt } of all.calls)
      if (at === 'dc2' && outcome === 'served' && !first.has(hostname)) first.set(hostname, begunAt - namedAt);
    expect(Math.max(...first.values())).to.be.at.most(INTERVAL_MS + 10_000);
    const checkIns = all.busiestSecond(({ at }) => at === 'dc2', diedAt);
    const locates = all.busiestSecond(({ kind }) => kind === 'locate', diedAt);
    // 25 come in a second when nothing is wrong, and 33 to 40 in the busiest by chance alone. A crowd would be 200.
    expect(checkIns).to.be.at.most(MOST_PER_SECOND);
    expect(locates).to.be.at.most(MOST_PER_SECOND);
  });
});
