/** `/metrics` of real servers: just what docs/metrics.md says, in a format that a scraper understands, and counted right. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { MoveJson } from '../../src/cli/json/move.ts';
import { type DocumentedMetric, documentedMetrics, type MetricRole } from '../support/documented-metrics.ts';
import { type Family, parseExposition } from '../support/exposition.ts';
import { type Fleet, useFleetProcesses } from '../support/fleet-processes.ts';
import type { FleetServer } from '../support/fleet-servers.ts';
import { waitFor } from '../support/wait-for.ts';

const HOST = 'web1.dc1.example.com';
const UNBOUNDED = /example\.com|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16}/;

async function scrape(server: FleetServer): Promise<Map<string, Family>> {
  const answer = await fetch(`http://127.0.0.1:${server.ports.metrics}/metrics`);
  expect(answer.status).to.equal(200);
  expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await answer.text());
}

/** The sum of all lines with these labels. */
function sum(families: Map<string, Family>, name: string, labels: Record<string, string> = {}): number {
  const family = families.get(name.replace(/_(count|sum)$/, '')) ?? families.get(name);
  const lines = (family?.samples ?? []).filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return lines.reduce((total, { value }) => total + value, 0);
}

function compare(families: Map<string, Family>, role: MetricRole): void {
  const documented = documentedMetrics().filter(({ roles }) => roles.includes(role));
  expect([...families.keys()].toSorted()).to.deep.equal(documented.map(({ name }) => name).toSorted());
  for (const metric of documented) compareOne(families.get(metric.name) as Family, metric);
}

function compareOne({ type, help, samples }: Family, { name, labels, ...said }: DocumentedMetric): void {
  expect(type, name).to.equal(said.type);
  expect(help, name).to.match(/^[A-Z1].*\.$/);
  for (const { labels: has } of samples) {
    const { le: _, ...own } = has;
    expect(Object.keys(own).toSorted(), name).to.deep.equal([...labels].toSorted());
    for (const [label, value] of Object.entries(own)) expect(value, `${name} ${label}`).to.not.match(UNBOUNDED);
  }
}

async function publish(fleet: Fleet): Promise<void> {
  const stacks = join(fleet.dir, 'stacks');
  await mkdir(join(stacks, 'configcrates'), { recursive: true });
  const motd = '{ type: file, target_path: /motd, content: "hello\\n" }';
  await writeFile(join(stacks, 'configcrates/motd.vgo'), `configcrate: motd\nresources:\n  - ${motd}\n`);
  await writeFile(join(stacks, 'envoys.vgo'), 'envoys:\n  - { match: "*", configcrates: [motd] }\n');
  await fleet.json(['config', 'publish', '--stacks', stacks]);
}

describe('metrics of a hub and a spoke', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({
    spokes: ['dc1', 'dc2'],
    spokeSettings: async (_id, hub) => [`hub_addr: "${hub}"`, 'report_interval: 1s'],
  });

  before(async () => {
    await publish(fleet);
    await fleet.enroll(HOST);
    await fleet.runAgent(HOST);
  });

  it('are those of the document on the hub', async () => {
    compare(await scrape(fleet.hub), 'hub');
  });

  it('are those of the document on a spoke', async () => {
    compare(await scrape(fleet.spoke('dc1')), 'spoke');
  });

  it('count check-ins, policy and runs where they are served', async () => {
    const spoke = fleet.spoke('dc1');
    const families = await waitFor('a run and three check-ins', async () => {
      const now = await scrape(spoke);
      return sum(now, 'vigo_runs_received_total') > 0 && sum(now, 'vigo_checkins_total') > 2 && now;
    });
    expect(sum(families, 'vigo_checkins_total')).to.equal(sum(families, 'vigo_checkins_total', { result: 'served' }));
    expect(sum(families, 'vigo_checkins_refused_total')).to.equal(0);
    expect(sum(families, 'vigo_bundles_total', { result: 'sent' })).to.equal(1);
    expect(sum(families, 'vigo_runs_received_total', { outcome: 'changed' })).to.equal(1);
    expect(sum(families, 'vigo_partition_envoys')).to.equal(1);
    expect(sum(families, 'vigo_partition_serves_config')).to.equal(1);
    const checkIn = { service: 'vigo.v1.AgentService', method: 'CheckIn', code: 'ok' };
    expect(sum(families, 'vigo_rpc_duration_seconds_count', checkIn)).to.equal(sum(families, 'vigo_checkins_total'));
    // The agent and the hub.
    expect(sum(families, 'vigo_http2_sessions', { listener: 'grpc' })).to.be.at.least(2);
    expect(sum(families, 'vigo_connections', { listener: 'metrics' })).to.be.at.least(1);
    expect(sum(families, 'vigo_hub_reports_total', { result: 'taken' })).to.be.at.least(1);
    expect(sum(families, 'process_open_fds')).to.be.above(10);
    expect(sum(families, 'process_start_time_seconds')).to.be.closeTo(Date.now() / 1000, 60);
  });

  it('tell how the fleet is, where the hub knows it', async () => {
    await waitFor('a probe says so', async () => {
      const families = await scrape(fleet.hub);
      expect(sum(families, 'vigo_envoys', { spoke: 'dc1' })).to.equal(1);
      expect(sum(families, 'vigo_envoys', { spoke: 'dc2' })).to.equal(0);
      return true;
    });
    const families = await scrape(fleet.hub);
    expect(sum(families, 'vigo_envoys_enrolled')).to.equal(1);
    expect(sum(families, 'vigo_license_envoys_limit')).to.equal(500);
    expect(sum(families, 'vigo_license_expiry_timestamp_seconds')).to.be.above(Date.now() / 1000);
    expect(sum(families, 'vigo_enrollments_total', { result: 'enrolled' })).to.equal(1);
    expect(sum(families, 'vigo_enrollments_total')).to.equal(1);
    expect(sum(families, 'vigo_spoke_health', { health: 'healthy' })).to.equal(2);
    expect(sum(families, 'vigo_spoke_config_behind')).to.equal(0);
    expect(sum(families, 'vigo_config_last_publish_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 60);
    expect(sum(families, 'vigo_audit_entries_total', { result: 'written' })).to.be.at.least(3);
    expect(sum(families, 'vigo_audit_entries_total', { result: 'failed' })).to.equal(0);
  });

  it('count what is refused: an enrolment without a good token, a check-in of an envoy that is revoked', async () => {
    const arguments_ = [
      '--hub',
      fleet.apiUrl,
      '--state-dir',
      join(fleet.dir, 'nobody'),
      '--hostname',
      'x.dc1.example.com',
    ];
    const good = await fleet.enrollmentToken();
    const bad = good.slice(0, -6) + (good.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA');
    expect((await fleet.cli(['agent', 'enroll', ...arguments_, '--token', bad])).code).to.not.equal(0);
    expect(sum(await scrape(fleet.hub), 'vigo_enrollments_total', { result: 'enrolled' })).to.equal(1);
    await fleet.enroll('gone.dc1.example.com');
    await fleet.runAgent('gone.dc1.example.com');
    await fleet.json(['envoys', 'revoke', 'gone.dc1.example.com']);
    await waitFor('its check-in is refused', async () => {
      const families = await scrape(fleet.spoke('dc1'));
      return sum(families, 'vigo_checkins_refused_total', { reason: 'revoked' }) > 0;
    });
  });

  it('count moves and those who were moved, and who was redirected', async () => {
    const move = await fleet.json<MoveJson>(['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes', '--wait']);
    expect(move.moved).to.equal(1);
    const families = await waitFor('the move has ended', async () => {
      const now = await scrape(fleet.hub);
      return sum(now, 'vigo_moves_ended_total') === 1 && now;
    });
    expect(sum(families, 'vigo_moves_ended_total', { reason: 'drain', state: 'done' })).to.equal(1);
    expect(sum(families, 'vigo_envoys_moved_total', { reason: 'drain' })).to.equal(1);
    expect(sum(families, 'vigo_moves_running')).to.equal(0);
    expect(sum(families, 'vigo_spoke_eligibility', { spoke: 'dc1', eligibility: 'drained' })).to.equal(1);
    await waitFor('the agent was redirected and is served', async () => {
      const left = sum(await scrape(fleet.spoke('dc1')), 'vigo_checkins_total', { result: 'redirected' });
      return left > 0 && sum(await scrape(fleet.spoke('dc2')), 'vigo_checkins_total', { result: 'served' }) > 0;
    });
  });

  it('tell for how long a spoke has been without what is published', async () => {
    await fleet.kill9('dc2');
    await fleet.waitForHealth('dc2', 'unhealthy');
    await writeFile(join(fleet.dir, 'stacks/configcrates/more.vgo'), 'configcrate: more\nresources: []\n');
    await fleet.json(['config', 'publish', '--stacks', join(fleet.dir, 'stacks')]);
    const families = await waitFor('it is behind', async () => {
      const now = await scrape(fleet.hub);
      return sum(now, 'vigo_spoke_config_behind_seconds', { spoke: 'dc2' }) > 0.1 && now;
    });
    expect(sum(families, 'vigo_spoke_config_behind', { spoke: 'dc2' })).to.equal(1);
    expect(sum(families, 'vigo_spoke_config_behind_seconds', { spoke: 'dc1' })).to.equal(0);
    expect(sum(families, 'vigo_spoke_health', { spoke: 'dc2', health: 'unhealthy' })).to.equal(1);
    expect(sum(families, 'vigo_spoke_failed_probes', { spoke: 'dc2' })).to.be.above(0);
    compare(families, 'hub');
  });
});

describe('metrics of a standalone server', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({});

  it('are those of the document', async () => {
    await fleet.enroll(HOST);
    await fleet.runAgent(HOST);
    const families = await scrape(fleet.hub);
    compare(families, 'standalone');
    expect(sum(families, 'vigo_build_info', { role: 'standalone' })).to.equal(1);
    expect(sum(families, 'vigo_enrollments_total', { result: 'enrolled' })).to.equal(1);
    expect(sum(families, 'vigo_checkins_total', { result: 'served' })).to.be.at.least(1);
  });

  it('stay what they are when they are read often and at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => scrape(fleet.hub)));
    for (const families of all) compare(families, 'standalone');
  });
});
