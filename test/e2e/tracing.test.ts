/** Traces of a real hub and a real spoke, as a collector receives them. */
import { expect } from 'chai';
import type { MoveJson } from '../../src/cli/json/move.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { type CollectedSpan, startTraceCollector, type TraceCollector } from '../support/trace-collector.ts';
import { waitFor } from '../support/wait-for.ts';

const SPOKES = ['dc1', 'dc2'];
const HOST = 'web1.dc1.example.com';
const SERVER = 2;
const CLIENT = 3;

describe('tracing', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: SPOKES });
  let collector: TraceCollector;
  const spans = (name: string, kind: number) =>
    collector.spans.filter((span) => span.name.endsWith(`/${name}`) && span.kind === kind);
  const parentOf = ({ parentSpanId, traceId }: CollectedSpan) =>
    collector.spans.find((span) => span.spanId === parentSpanId && span.traceId === traceId);

  before(async () => {
    collector = await startTraceCollector();
    await fleet.enroll(HOST);
    await fleet.runAgent(HOST);
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret,x-tenant=acme',
      OTEL_SERVICE_NAME: 'vigo-test',
    };
    for (const name of ['dc1', 'dc2', 'hub']) {
      await fleet.stopServer(name);
      await fleet.restart(name, env);
    }
    for (const spoke of SPOKES) await fleet.waitForHealth(spoke, 'healthy');
  });
  after(() => collector.close());

  it('shows one drain in one trace: ordered at the hub, carried out by two spokes', async () => {
    const move = await fleet.json<MoveJson>(['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes', '--wait']);
    expect(move.moved).to.equal(1);
    const adopted = await waitFor('the spans of the drain', () => {
      const [adopt] = spans('Adopt', SERVER);
      const [ordered] = spans('StartMove', SERVER);
      const released = spans('Release', SERVER).length > 0;
      return adopt && parentOf(adopt) && ordered && released && adopt;
    });
    const called = parentOf(adopted) as CollectedSpan;
    const ordered = parentOf(called) as CollectedSpan;
    expect([called.name, called.kind]).to.deep.equal(['vigo.v1.SpokeService/Adopt', CLIENT]);
    expect([ordered.name, ordered.kind]).to.deep.equal(['vigo.v1.AdminService/StartMove', SERVER]);
    expect(ordered.parentSpanId).to.equal(undefined);
    expect(new Set([adopted, called, ordered].map(({ traceId }) => traceId)).size).to.equal(1);
    expect(called.attributes).to.include({ 'vigo.spoke': 'dc2', 'rpc.method': 'Adopt', 'rpc.system': 'connect_rpc' });
    expect(adopted.resource).to.include({ 'service.name': 'vigo-test', 'vigo.role': 'spoke', 'vigo.spoke': 'dc2' });
    expect(called.resource).to.include({ 'service.name': 'vigo-test', 'vigo.role': 'hub' });
    const [released] = spans('Release', SERVER);
    expect(released?.traceId).to.equal(ordered.traceId);
    expect(released?.resource['vigo.spoke']).to.equal('dc1');
  });

  it('carries the trace into streams and into calls that are answered from memory', async () => {
    await fleet.json(['envoys', 'list', '--all']);
    const listed = await waitFor('the spans of a list', () =>
      spans('ListEnvoys', SERVER).find((span) => parentOf(span)),
    );
    const hub = parentOf(parentOf(listed) as CollectedSpan);
    expect([hub?.name, hub?.failed]).to.deep.equal(['vigo.v1.AdminService/StreamEnvoys', false]);
    const probed = spans('Status', SERVER)[0] as CollectedSpan;
    expect(parentOf(probed)).to.include({ kind: CLIENT, name: 'vigo.v1.SpokeService/Status' });
  });

  it('says which calls have failed, by code, and names no machine', async () => {
    await fleet.cli(['envoys', 'show', 'nobody.example.com']);
    const failed = await waitFor('the span of a failure', () =>
      collector.spans.find((span) => span.failed && span.kind === SERVER),
    );
    expect(failed.attributes['rpc.connect_rpc.error_code']).to.equal('not_found');
    expect(JSON.stringify(collector.spans)).to.not.include('example.com');
  });

  it('leaves the check-ins of agents alone, and shows its headers to the collector only', () => {
    expect(spans('CheckIn', SERVER)).to.deep.equal([]);
    expect(collector.requests.length).to.be.above(2);
    for (const { path, headers } of collector.requests) {
      expect(path).to.equal('POST /v1/traces');
      expect(headers).to.include({ authorization: 'Bearer secret', 'x-tenant': 'acme' });
    }
  });

  it('sends what is left when a server stops, and does not start with an address that is none', async () => {
    const before = collector.spans.length;
    await fleet.json(['audit', 'list']);
    await fleet.stopServer('hub');
    const last = collector.spans.slice(before).map(({ name }) => name);
    expect(last).to.include('vigo.v1.AdminService/ListAudit');
    const failed = await fleet.processes.cli(['serve', '--config', fleet.hub.configFile], {
      env: { ...fleet.env, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' },
    });
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.include('OTEL_EXPORTER_OTLP_ENDPOINT').and.include('CONFIG_INVALID');
  });
});
