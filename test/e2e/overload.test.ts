/** A spoke that is called far more often than it can carry: it goes on answering its hub, and every agent is served. */
import { expect } from 'chai';
import type { SpokeJson } from '../../src/cli/json/spoke.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type Flood, startCheckInFlood } from '../support/checkin-flood.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { enrollManyAgents, type ManyAgents } from '../support/many-agents.ts';
import { enrollByRpc } from '../support/rpc-enrolment.ts';
import { waitFor } from '../support/wait-for.ts';

const MAX_RATE = 50;
const HONEST = Array.from({ length: 20 }, (_, i) => `web${i}.dc1.example.com`);
const FLOODING = Array.from({ length: 20 }, (_, i) => `mad${i}.dc1.example.com`);
/** Many times what the spoke takes. */
const FLOOD_CALLS = 10_000;

describe('a spoke that is flooded with check-ins', function () {
  this.timeout(90_000);
  let agents: ManyAgents | undefined;
  let flood: Flood | undefined;
  after(async () => {
    flood?.stop();
    await agents?.stop();
  });
  // A probe has as long as the interval: two seconds on a machine that the flood has to share.
  const fleet = useFleetProcesses({
    spokes: ['dc1', 'dc2'],
    checkinInterval: '2s',
    checkinMaxRate: MAX_RATE,
    probeInterval: '2s',
  });

  it('fails no probe, serves as many as it can, and loses no agent', async () => {
    const token = await fleet.enrollmentToken();
    const { stateDir, rootOf } = fleet;
    const all = await enrollManyAgents({ hostnames: HONEST, token, stateDir, rootOf });
    agents = all;
    const mad = await Promise.all(FLOODING.map((hostname) => enrollByRpc(token, hostname)));
    await all.start(2_000);
    const servedSince = (from: number) =>
      new Set(all.calls.filter((call) => call.begunAt > from && call.outcome === 'served').map((call) => call.hostname))
        .size;
    await waitFor('dc1 serves all', () => servedSince(0) === HONEST.length, 30_000);
    const logged = fleet.hub.child.log.length;

    const begunAt = systemClock.monotonic();
    const running = startCheckInFlood(mad, 4);
    flood = running;
    const flooded = await waitFor(
      'the flood has been through',
      () => running.figures().refused > FLOOD_CALLS && running.figures(),
      40_000,
    );
    const seconds = (systemClock.monotonic() - begunAt) / 1000;
    await waitFor('every agent was served in the middle of it', () => servedSince(begunAt) === HONEST.length, 30_000);
    const load = await waitFor('its load is known', async () => {
      const { load } = await fleet.json<SpokeJson>(['spanner', 'spoke', 'dc1']);
      return load !== null && load.refusedPerSecond > MAX_RATE && load;
    });
    running.stop();

    expect(flooded.other).to.equal(0);
    expect(flooded.served).to.be.at.most(MAX_RATE * (seconds + 1) + 1);
    expect(flooded.longestWait).to.be.within(0.02, 20);
    expect(load.checkinsPerSecond).to.be.at.most(MAX_RATE * 1.1);
    const changes = fleet.hub.child.log.slice(logged).filter(({ msg }) => msg === 'spoke health changed');
    expect(changes).to.deep.equal([]);
    const since = systemClock.monotonic();
    await waitFor('every agent is served after it', () => servedSince(since) === HONEST.length, 30_000);
    // Nobody has been taken for lost, and no agent has looked for another spoke.
    expect(all.calls.filter(({ kind, at }) => kind === 'locate' || at !== 'dc1')).to.deep.equal([]);
  });
});
