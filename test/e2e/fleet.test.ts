/** A hub, two spokes and six agents as processes: enrolled, listed, moved, and nobody is ever missing or doubled. */
import { expect } from 'chai';
import type { EnvoyJson, EnvoyListJson } from '../../src/cli/json/envoy.ts';
import type { MoveJson } from '../../src/cli/json/move.ts';
import type { SpannerStatusJson, SpokeDetailJson, SpokeJson } from '../../src/cli/json/spoke.ts';
import { msOf } from '../../src/cli/json/time.ts';
import type { Child } from '../support/child.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { pollingLists } from '../support/list-poller.ts';
import { jsonOf } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const HOSTS = ['dc1', 'dc2'].flatMap((dc) => [1, 2, 3].map((n) => `web${n}.${dc}.example.com`));
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ENVOY_KEYS = [
  ...['id', 'hostname', 'spoke', 'epoch', 'status', 'drift', 'reachable', 'lastSeenAt', 'enrolledAt'],
  ...['configVersion', 'stale'],
];
const SPOKE_KEYS = [
  ...['id', 'addr', 'patterns', 'status', 'health', 'eligibility', 'envoyCount', 'latencyMs', 'lastProbeAt'],
  ...['lastReportAt', 'configVersion', 'reason', 'compliance'],
];
const MOVE_KEYS = ['moveId', 'state', 'reason', 'matched', 'moved', 'skipped', 'failed', 'plan', 'dryRun'];

describe('a fleet of processes', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  const agents = new Map<string, Child>();

  /** Nobody is missing or doubled in any list while `work` runs. */
  const nobodyMissing = (work: () => Promise<void>) =>
    pollingLists(
      { admin: fleet.admin, cli: () => fleet.json<EnvoyListJson>(['envoys', 'list']), hostnames: HOSTS },
      work,
    );
  const spokesOf = (envoys: readonly EnvoyJson[]) =>
    Object.fromEntries(envoys.map(({ hostname, spoke }) => [hostname.replace('.example.com', ''), spoke]));

  /** Every one of them is served by `spoke`: the spoke itself says so, and so does the agent, which was never restarted. */
  const expectServed = async (hostnames: readonly string[], spoke: string, since: number) => {
    await waitFor(`${hostnames.join(' ')} checked in at ${spoke}`, async () => {
      const { envoys } = await fleet.admin.getSpoke({ id: spoke });
      const seen = new Map(envoys.map((envoy) => [envoy.hostname, msOf(envoy.lastSeenAt) ?? 0]));
      return hostnames.every((hostname) => (seen.get(hostname) ?? 0) > since);
    });
    const { envoys } = await fleet.json<SpokeDetailJson>(['spanner', 'spoke', spoke]);
    for (const hostname of hostnames) {
      const row = envoys.find((envoy) => envoy.hostname === hostname);
      expect(row, hostname).to.include({ spoke, stale: false, reachable: true });
      expect(Date.parse(row?.lastSeenAt ?? ''), `${hostname} seen`).to.be.greaterThan(since);
    }
    for (const hostname of hostnames) {
      const agent = agents.get(hostname) as Child;
      const told = agent.log.filter(({ msg }) => msg === 'checked in').at(-1);
      expect(told?.spoke, `${hostname} says`).to.equal(spoke);
      expect(agent.running).to.equal(true);
      expect(agent.log.filter(({ msg }) => msg === 'started')).to.have.length(1);
    }
  };

  it('enrols six machines through the hub, each on the spoke that its host name matches', async () => {
    await Promise.all(HOSTS.map(fleet.enroll));
    await Promise.all(HOSTS.map(async (hostname) => agents.set(hostname, await fleet.runAgent(hostname))));
    const list = await fleet.json<EnvoyListJson>(['envoys', 'list']);
    expect(list).to.have.all.keys('envoys', 'total', 'complete', 'nextCursor', 'warnings');
    expect(list).to.deep.include({ total: 6, complete: true, nextCursor: null, warnings: [] });
    expect(list.envoys.map((envoy) => envoy.hostname)).to.deep.equal(HOSTS.toSorted());
    for (const envoy of list.envoys) {
      expect(envoy).to.have.all.keys(ENVOY_KEYS);
      const seen = { epoch: 1, status: 'no_data', drift: 'none', reachable: true, stale: false, configVersion: null };
      expect(envoy).to.include({ spoke: envoy.hostname.split('.')[1], ...seen });
      expect(envoy.lastSeenAt).to.match(ISO);
      expect(envoy.enrolledAt).to.match(ISO);
    }
  });

  it('shows both spokes online with their envoys, and the traits that agents report', async () => {
    const status = await waitFor('both spokes have said how their envoys are', async () => {
      const now = await fleet.json<SpannerStatusJson>(['spanner', 'status']);
      return now.spokes.every((spoke) => spoke.compliance?.no_data === 3) && now;
    });
    expect(status).to.deep.include({ role: 'hub', unplaced: 0, warnings: [] });
    expect(status.failover).to.deep.equal({ enabled: false, frozen: false, reason: null, held: [] });
    expect(status.spokes.map(({ id }) => id)).to.deep.equal(['dc1', 'dc2']);
    for (const spoke of status.spokes) {
      expect(spoke).to.include.all.keys(SPOKE_KEYS);
      expect(spoke).to.deep.include({
        patterns: [`*.${spoke.id}.*`],
        envoyCount: 3,
        reason: null,
        configVersion: null,
      });
      expect(spoke).to.include({ status: 'online', health: 'healthy', eligibility: 'eligible' });
      expect(spoke.latencyMs).to.have.all.keys('last', 'p50', 'p99');
      expect(spoke.lastProbeAt).to.match(ISO);
    }
    const shown = await fleet.json<{ traits: { hostname: string } }>(['envoys', 'show', 'web1.dc1.example.com']);
    expect(shown.traits).to.include.keys('os', 'kernel', 'hostname', 'addresses', 'cpu', 'memory', 'disk', 'bootedAt');
  });

  it('reassigns one envoy and drains a spoke, and the agents follow by themselves', async () => {
    const pids = HOSTS.map((hostname) => agents.get(hostname)?.pid);
    await nobodyMissing(async () => {
      const reassigned = await fleet.json<MoveJson>(['spanner', 'reassign', '--hostname', 'web3.dc1.*', '--to', 'dc2']);
      expect(reassigned).to.include.all.keys(MOVE_KEYS);
      expect(reassigned).to.deep.include({ state: 'done', reason: 'reassign', matched: 1, moved: 1, dryRun: false });
      expect(reassigned.plan).to.deep.equal([{ from: 'dc1', to: 'dc2', envoys: 1 }]);
      await expectServed(['web3.dc1.example.com'], 'dc2', Date.parse(reassigned.endedAt ?? ''));

      const drained = await fleet.json<MoveJson>(['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes']);
      expect(drained).to.deep.include({
        state: 'done',
        reason: 'drain',
        matched: 2,
        moved: 2,
        skipped: [],
        failed: [],
      });
      expect(drained.plan).to.deep.equal([{ from: 'dc1', to: 'dc2', envoys: 2 }]);
      await expectServed(HOSTS, 'dc2', Date.parse(drained.endedAt ?? ''));
    });

    const envoys = await fleet.envoys();
    expect(new Set(Object.values(spokesOf(envoys)))).to.deep.equal(new Set(['dc2']));
    expect(envoys.map(({ epoch }) => epoch)).to.deep.equal([2, 1, 2, 1, 2, 1]);
    const dc1 = await fleet.json<SpokeJson>(['spanner', 'spoke', 'dc1']);
    expect(dc1).to.include({ eligibility: 'drained', envoyCount: 0 });
    expect(HOSTS.map((hostname) => agents.get(hostname)?.pid)).to.deep.equal(pids);
    const statuses = HOSTS.map((hostname) => fleet.json(['agent', 'status', '--state-dir', fleet.stateDir(hostname)]));
    for (const [i, status] of (await Promise.all(statuses)).entries()) {
      expect(status).to.include({ hostname: HOSTS[i], pid: pids[i], spoke: 'dc2', running: true });
    }
  });

  it('sends them home again once the spoke is uncordoned', async () => {
    await nobodyMissing(async () => {
      const early = await fleet.cli(['spanner', 'rebalance', '--yes', '--json']);
      expect(early.code).to.equal(3);
      expect(jsonOf<MoveJson>(early)).to.include({ state: 'incomplete', moved: 0 });
      const uncordoned = await fleet.json<SpokeJson>(['spanner', 'uncordon', 'dc1']);
      expect(uncordoned).to.include({ id: 'dc1', eligibility: 'eligible' });
      const home = await fleet.json<MoveJson>(['spanner', 'rebalance', '--yes']);
      expect(home).to.deep.include({ state: 'done', reason: 'rebalance', moved: 3, failed: [] });
      const ended = Date.parse(home.endedAt ?? '');
      await expectServed(HOSTS.slice(0, 3), 'dc1', ended);
      await expectServed(HOSTS.slice(3), 'dc2', ended);
    });
    for (const { hostname, spoke } of await fleet.envoys()) expect(spoke).to.equal(hostname.split('.')[1]);
  });
});
