/** Spans on their way to a collector that answers, is busy, refuses, or hangs. */
import { expect } from 'chai';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { createSpanExporter, type SpanExporter } from '../../src/server/platform/tracing/span-exporter.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createLogRecorder, type LogRecorder } from '../support/log-recorder.ts';
import { eventually } from '../support/servers.ts';
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.ts';

const span = (n: number) => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: n.toString(16).padStart(16, '0'),
  parentSpanId: '',
  name: `call ${n}`,
  kind: 'server' as const,
  startedAt: 1_767_225_600_000.25,
  durationMs: 1.5,
  failed: n === 1,
  attributes: { 'rpc.method': 'Call', number: n },
});

describe('the exporter of spans', () => {
  let collector: TraceCollector;
  let clock: FakeClock;
  let exporter: SpanExporter;
  let log: LogRecorder;
  const add = (count: number) => {
    for (let n = 1; n <= count; n++) exporter.add(span(n));
  };
  /** Moves time on, step by step, until it is so; between two steps the wire has its turn. */
  const passUntil = async (condition: () => boolean): Promise<boolean> => {
    for (let steps = 0; steps < 400 && !condition(); steps++) {
      await clock.advance(100);
      await sleep(systemClock, 3);
    }
    return condition();
  };
  const requests = (count: number) => eventually(() => collector.requests.length >= count);

  beforeEach(async () => {
    collector = await startTraceCollector();
    clock = createFakeClock();
    log = createLogRecorder();
    exporter = createSpanExporter({
      url: `${collector.endpoint}/v1/traces`,
      headers: { 'x-key': 'secret' },
      source: { resource: { 'service.name': 'test' }, version: '1.2.3' },
      clock,
      logger: log,
    });
  });
  afterEach(async () => {
    const closed = exporter.close();
    await clock.advance(1_000);
    await closed;
    await collector.close();
  });

  it('gathers them for five seconds, and says what the protocol wants', async () => {
    add(2);
    await clock.advance(4_999);
    expect(collector.requests).to.have.length(0);
    await clock.advance(1);
    expect(await requests(1)).to.equal(true);
    expect(collector.requests[0]).to.deep.include({ path: 'POST /v1/traces', spans: 2 });
    expect(collector.requests[0]?.headers).to.include({ 'x-key': 'secret', 'content-type': 'application/json' });
    expect(collector.spans[0]).to.deep.equal({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: '0000000000000001',
      name: 'call 1',
      kind: 2,
      startTimeUnixNano: '1767225600000250000',
      endTimeUnixNano: '1767225600001750000',
      failed: true,
      attributes: { 'rpc.method': 'Call', number: '1' },
      resource: { 'service.name': 'test' },
    });
    await clock.advance(60_000);
    expect(collector.requests, 'nothing to send').to.have.length(1);
  });

  it('sends a full batch at once, one request at a time, and drops what is more than it keeps', async () => {
    add(5_000);
    expect(await requests(4)).to.equal(true);
    expect(await eventually(() => collector.spans.length === 2_048)).to.equal(true);
    expect(collector.requests.map(({ spans }) => spans)).to.deep.equal([512, 512, 512, 512]);
  });

  it('tries again when the collector is busy, and gives up after three times, saying so once', async () => {
    collector.answers.push(503, 429);
    add(1);
    expect(await passUntil(() => collector.spans.length === 1)).to.equal(true);
    expect(collector.requests).to.have.length(3);
    collector.answers.push(503, 503, 503, 400, 503, 503, 503);
    for (const tried of [6, 7, 10]) {
      add(1);
      expect(await passUntil(() => collector.requests.length === tried)).to.equal(true);
    }
    expect(await passUntil(() => log.lines('warn').length > 0)).to.equal(true);
    add(1);
    expect(await passUntil(() => collector.spans.length === 2)).to.equal(true);
    const said = log.lines('warn');
    expect(said).to.have.length(1);
    expect(JSON.stringify(said)).to.include('the collector answers 503').and.not.include('secret');
    expect(await eventually(() => log.lines('info').length === 1)).to.equal(true);
    expect(log.lines('info')[0]).to.deep.include({ msg: 'traces are sent again', dropped: 3 });
  });

  it('waits ten seconds for an answer', async () => {
    collector.answers.push(0);
    add(1);
    await clock.advance(5_000);
    expect(await requests(1)).to.equal(true);
    await clock.advance(9_000);
    expect(collector.requests).to.have.length(1);
    expect(await passUntil(() => collector.spans.length === 1)).to.equal(true);
    expect(collector.requests).to.have.length(2);
  });

  it('sends what is left when it is closed, but does not wait for who hangs', async () => {
    add(3);
    await exporter.close();
    expect(collector.spans).to.have.length(3);
    exporter.add(span(4));
    await clock.advance(60_000);
    expect(collector.spans).to.have.length(3);
    expect(clock.pending()).to.be.at.most(1);
  });

  it('ends although the collector hangs', async () => {
    collector.answers.push(0);
    add(3);
    const closed = exporter.close();
    expect(await requests(1)).to.equal(true);
    await clock.advance(400);
    await closed;
    expect(collector.spans).to.have.length(0);
  });
});
