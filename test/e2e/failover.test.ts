/** A hub that drains failed spokes by itself, with real processes: when it does, when it does not, and who serves whom then. */
import { expect } from 'chai';
import type { AuditJson } from '../../src/cli/json/audit.ts';
import type { EnvoyListJson } from '../../src/cli/json/envoy.ts';
import type { MoveJson } from '../../src/cli/json/move.ts';
import type { SpannerStatusJson } from '../../src/cli/json/spoke.ts';
import { PROBE_INTERVAL_MS } from '../support/fleet-config.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { waitFor } from '../support/wait-for.ts';

const SPOKES = ['dc1', 'dc2', 'dc3'];
const HOSTS = SPOKES.flatMap((dc) => [1, 2].map((n) => `web${n}.${dc}.example.com`));
const THRESHOLD = 3;

describe('auto-failover', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: SPOKES, autoFailover: true });
  const status = () => fleet.json<SpannerStatusJson>(['spanner', 'status']);
  const moves = async () => (await fleet.json<{ moves: MoveJson[] }>(['spanner', 'moves'])).moves;
  const signal = (spoke: string, name: 'SIGSTOP' | 'SIGCONT') => process.kill(fleet.spoke(spoke).child.pid, name);
  const metrics = async () => (await fetch(`http://127.0.0.1:${fleet.hub.ports.metrics}/metrics`)).text();

  before(async () => {
    await Promise.all(HOSTS.map(fleet.enroll));
    await Promise.all(HOSTS.map(fleet.runAgent));
  });

  it('does nothing but say so while the hub reaches no spoke at all', async () => {
    for (const spoke of SPOKES) signal(spoke, 'SIGSTOP');
    try {
      await waitFor('it is frozen', async () => (await status()).failover.frozen);
      const { failover, spokes } = await status();
      expect(failover.reason).to.equal('all 3 spokes fail at once: the hub itself may be cut off');
      expect(failover.held.every(({ guard }) => guard === 'all_failed')).to.equal(true);
      expect(await metrics()).to.match(/^vigo_failover_frozen 1$/m);
      const human = await fleet.cli(['spanner', 'status']);
      expect(human.stdout).to.include('auto-failover is frozen: all 3 spokes fail at once');
      await waitFor('all are given up', async () =>
        (await status()).spokes.every(({ health }) => health === 'unhealthy'),
      );
      expect(spokes.map(({ envoyCount }) => envoyCount)).to.deep.equal([2, 2, 2]);
    } finally {
      for (const spoke of SPOKES) signal(spoke, 'SIGCONT');
    }
    for (const spoke of SPOKES) await fleet.waitForHealth(spoke, 'healthy');
    expect((await status()).failover).to.deep.equal({ enabled: true, frozen: false, reason: null, held: [] });
    expect(await moves()).to.deep.equal([]);
  });

  it('drains a dead spoke by pattern, decided in time, and its agents are served by others', async () => {
    const killedAt = Date.now();
    await fleet.kill9('dc1');
    const [move] = await waitFor('a failover', async () => {
      const all = await moves();
      return all[0]?.state === 'done' && all;
    });
    expect(move).to.deep.include({ reason: 'failover', actor: 'auto-failover', matched: 2, moved: 2, failed: [] });
    const decided = Date.parse(move?.startedAt ?? '') - killedAt;
    expect(decided, 'from the kill to the decision, ms').to.be.within(
      (THRESHOLD - 1) * PROBE_INTERVAL_MS - 50,
      THRESHOLD * PROBE_INTERVAL_MS + 1_000,
    );
    const served = await waitFor('all are served', async () => {
      const list = await fleet.json<EnvoyListJson>(['envoys', 'list', '--require-complete']);
      const ended = Date.parse(move?.endedAt ?? '');
      return list.envoys.every(({ lastSeenAt }) => Date.parse(lastSeenAt ?? '') > ended) && list.envoys;
    });
    expect(served.map(({ hostname }) => hostname)).to.deep.equal(HOSTS.toSorted());
    expect(served.every(({ spoke, stale, reachable }) => spoke !== 'dc1' && !stale && reachable)).to.equal(true);
  });

  it('lets a spoke that is back take new envoys again, and says in the audit log what has happened', async () => {
    await fleet.restart('dc1');
    await fleet.waitForHealth('dc1', 'healthy');
    const [dc1] = (await status()).spokes;
    expect(dc1).to.deep.include({ status: 'online', eligibility: 'eligible', envoyCount: 0, pendingNotices: 0 });
    await fleet.enroll('new.dc1.example.com');
    await fleet.runAgent('new.dc1.example.com');
    expect((await status()).spokes[0]?.envoyCount).to.equal(1);
    const { entries } = await fleet.json<AuditJson>(['audit', 'list', '--subject', 'dc1']);
    const actions = entries.map(({ action, actor }) => `${actor} ${action}`);
    expect(actions).to.include('hub failover.drain');
    const changes = entries.filter(({ action }) => action === 'spoke.health').map(({ detail }) => detail.split(':')[0]);
    expect(changes.slice(0, 4)).to.deep.equal([
      'recovering → healthy',
      'unhealthy → recovering',
      'suspect → unhealthy',
      'healthy → suspect',
    ]);
  });
});
