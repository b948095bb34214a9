/** A spoke dies without a word: nobody vanishes from the list, its agents find the spoke that takes over, and it comes back. */
import { expect } from 'chai';
import type { EnvoyListJson } from '../../src/cli/json/envoy.ts';
import type { MoveJson } from '../../src/cli/json/move.ts';
import type { SpannerStatusJson } from '../../src/cli/json/spoke.ts';
import { SpokeHealth } from '../../src/gen/vigo/v1/admin_pb.js';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import type { Child } from '../support/child.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { type ListPoller, startListPoller } from '../support/list-poller.ts';
import { jsonOf } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const HOSTS = ['dc1', 'dc2'].flatMap((dc) => [1, 2, 3].map((n) => `web${n}.${dc}.example.com`));
const LATE = 'web3.dc1.example.com';

describe('a spoke that dies', function () {
  this.timeout(60_000);
  let poller: ListPoller | undefined;
  // Before the fleet's own end.
  after(() => poller?.stop().catch(() => undefined));
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  const agents = new Map<string, Child>();

  before(async () => {
    await Promise.all(HOSTS.map(fleet.enroll));
    await Promise.all(HOSTS.map(async (hostname) => agents.set(hostname, await fleet.runAgent(hostname))));
    // One machine is off while all of this happens.
    await fleet.processes.stop(agents.get(LATE) as Child);
    poller = startListPoller({
      admin: fleet.admin,
      cli: () => fleet.json<EnvoyListJson>(['envoys', 'list']),
      hostnames: HOSTS,
    });
    await fleet.kill9('dc1');
  });

  it('leaves its envoys in the list, marked stale, with a warning that names it', async () => {
    const result = await fleet.cli(['envoys', 'list', '--json']);
    expect(result.code).to.equal(0);
    const list = jsonOf<EnvoyListJson>(result);
    expect(list.envoys.map(({ hostname }) => hostname)).to.deep.equal(HOSTS.toSorted());
    expect(list).to.include({ total: 6, complete: false });
    expect(list.warnings).to.have.length(1);
    expect(list.warnings[0]?.spoke).to.equal('dc1');
    expect(list.warnings[0]?.message).to.match(/refused|reach|cut/);
    for (const envoy of list.envoys) {
      const dead = envoy.spoke === 'dc1';
      expect(envoy).to.include({ stale: dead, reachable: !dead, spoke: envoy.hostname.split('.')[1] });
    }
  });

  it('ends with 3 for who needs a complete list, and says for people on stderr what is missing', async () => {
    const strict = await fleet.cli(['envoys', 'list', '--json', '--require-complete']);
    expect(strict.code).to.equal(3);
    expect(jsonOf<EnvoyListJson>(strict)).to.deep.include({ total: 6, complete: false });
    const all = await fleet.cli(['envoys', 'list', '--json', '--require-complete', '--all']);
    expect(all.code).to.equal(3);
    expect(jsonOf<EnvoyListJson>(all).envoys).to.have.length(6);
    const human = await fleet.cli(['envoys', 'list', '--require-complete']);
    expect(human.code).to.equal(3);
    expect(human.stdout.split('\n').filter((line) => line.includes('.example.com'))).to.have.length(6);
    expect(human.stderr).to.match(/warning: dc1/);
  });

  it('is offline in the status, and stays the owner until someone says otherwise', async () => {
    await fleet.waitForHealth('dc1', 'unhealthy');
    const status = await fleet.json<SpannerStatusJson>(['spanner', 'status']);
    expect(status.spokes[0]).to.include({ id: 'dc1', status: 'offline', health: 'unhealthy', envoyCount: 3 });
    expect(status.spokes[1]).to.include({ id: 'dc2', status: 'online', health: 'healthy', envoyCount: 3 });
    expect(status.warnings[0]).to.include({ spoke: 'dc1', code: 'unhealthy' });
    // Nobody waits for it any more.
    const list = await fleet.json<EnvoyListJson>(['envoys', 'list']);
    expect(list.warnings).to.deep.include({ spoke: 'dc1', code: 'unhealthy', message: status.spokes[0]?.reason });
  });

  it('can be drained while it is dead, and its agents find their new spoke by asking the hub', async () => {
    const move = await fleet.json<MoveJson>(['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes']);
    expect(move).to.deep.include({ state: 'done', matched: 3, moved: 3, failed: [], releasesPending: 3 });
    const ended = Date.parse(move.endedAt ?? '');
    for (const hostname of HOSTS.slice(0, 2)) {
      const agent = agents.get(hostname) as Child;
      await agent.waitForLog('that it was located', (line) => line.msg === 'located' && line.spoke === 'dc2');
      await agent.waitForLog('its check-in', (line) => line.msg === 'checked in' && line.spoke === 'dc2');
      expect(agent.running).to.equal(true);
      expect(agent.log.filter(({ msg }) => msg === 'started')).to.have.length(1);
    }
    const rows = await waitFor('dc2 has seen both', async () => {
      const { envoys } = await fleet.json<EnvoyListJson>(['envoys', 'list', '--spoke', 'dc2']);
      const seen = envoys.filter(
        ({ hostname, lastSeenAt }) => hostname !== LATE && Date.parse(lastSeenAt ?? '') > ended,
      );
      return seen.length === 5 && envoys;
    });
    expect(rows.filter(({ stale }) => stale)).to.deep.equal([]);
    const complete = await fleet.cli(['envoys', 'list', '--json', '--require-complete']);
    expect(complete.code).to.equal(0);
  });

  it('gets its releases before it counts as healthy again, and then sends late agents on', async () => {
    // Every look at the hub must find: healthy only without releases that are still to be delivered.
    const early: string[] = [];
    const back = new AbortController();
    const look = async () => {
      while (!back.signal.aborted) {
        const { spokes } = await fleet.admin.getSpannerStatus({});
        const { health, pendingNotices } = spokes[0] ?? {};
        if (health === SpokeHealth.HEALTHY && pendingNotices !== 0)
          early.push(`healthy with ${pendingNotices} pending`);
        await sleep(systemClock, 10);
      }
    };
    const comeBack = async () => {
      await fleet.restart('dc1');
      await fleet.waitForHealth('dc1', 'healthy');
    };
    await Promise.all([look(), comeBack().finally(() => back.abort())]);
    expect(early).to.deep.equal([]);

    const late = await fleet.runAgent(LATE);
    expect(late.log.map(({ msg, spoke }) => `${msg} ${spoke}`)).to.deep.equal([
      'started dc1',
      'redirected dc2',
      'checked in dc2',
    ]);
    const list = await fleet.json<EnvoyListJson>(['envoys', 'list', '--require-complete']);
    expect(list.envoys.map(({ spoke, stale }) => ({ spoke, stale }))).to.deep.equal(
      HOSTS.map(() => ({ spoke: 'dc2', stale: false })),
    );
    const moves = await fleet.json<{ moves: MoveJson[] }>(['spanner', 'moves']);
    expect(moves.moves[0]).to.include({ state: 'done', releasesPending: 0 });
  });

  it('has never been missing an envoy, nor shown one twice, in any list of this time', async () => {
    await poller?.stop();
  });
});
