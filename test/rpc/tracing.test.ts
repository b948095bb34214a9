/** Spans around calls, over real connections: whose child each is, and what goes on to the next server. */
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { AgentService } from '../../src/gen/vigo/v1/agent_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import { instant } from '../../src/server/platform/instant-calls.ts';
import type { Span } from '../../src/server/platform/tracing/otlp-json.ts';
import { createTracing } from '../../src/server/platform/tracing/tracing.ts';
import { eventually, useServers } from '../support/servers.ts';
import type { TestCredentials } from '../support/test-pki.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('spans', () => {
  const servers = useServers();
  let spoke: TestCredentials;
  let envoy: TestCredentials;
  let spans: Span[];
  let received: Headers[];

  before(async () => {
    [spoke, envoy] = await Promise.all([
      servers.pki.spoke('dc1'),
      servers.pki.envoy('6f1c2a9e-0d1b-4c55-9a0e-3a5f5a0c7b11'),
    ]);
  });

  /** A client of a server that asks a second one while it answers; only the two servers are traced. */
  async function start() {
    spans = [];
    received = [];
    const tracing = createTracing({
      exporter: { add: (span) => void spans.push(span), close: async () => {} },
      clock: systemClock,
    });
    const far = await servers.start({
      tls: spoke,
      tracing,
      routes: (router) =>
        router.service(AgentService, {
          checkIn: instant(AgentService.method.checkIn, (_request, { requestHeader }) => {
            received.push(new Headers([...requestHeader]));
            return {};
          }),
        }),
    });
    const { transport } = servers.dial(far, envoy, spoke.identity, { interceptors: [tracing.client({ peer: 'far' })] });
    const onward = createClient(AgentService, transport);
    const near = await servers.start({
      tls: spoke,
      tracing,
      routes: (router) =>
        router.service(AgentService, {
          async getBundle() {
            await onward.checkIn({});
            throw new ConnectError('no', Code.NotFound);
          },
          async *fetchFile(_request, { signal }) {
            yield {};
            await onward.checkIn({});
            yield {};
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
            signal.throwIfAborted();
          },
        }),
    });
    return createClient(AgentService, servers.dial(near, envoy, spoke.identity).transport);
  }
  const shown = () => spans.map(({ kind, name, failed }) => `${kind} ${name.split('/')[1]}${failed ? ' failed' : ''}`);

  it('go from server to server, each the child of the one around it', async () => {
    const client = await start();
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };
    await client.getBundle({}, { headers }).catch(() => undefined);
    expect(shown()).to.deep.equal(['server CheckIn', 'client CheckIn', 'server GetBundle failed']);
    const [inner, between, outer] = spans as [Span, Span, Span];
    expect(spans.map(({ traceId }) => traceId)).to.deep.equal([TRACE, TRACE, TRACE]);
    expect([outer, between, inner].map(({ parentSpanId }) => parentSpanId)).to.deep.equal([
      PARENT,
      outer.spanId,
      between.spanId,
    ]);
    expect(between.attributes).to.include({ peer: 'far', 'rpc.service': 'vigo.v1.AgentService' });
    expect(outer.attributes['rpc.connect_rpc.error_code']).to.equal('not_found');
    expect(received[0]?.get('tracestate')).to.equal('vendor=1');
    expect(received[0]?.get('traceparent')).to.equal(`00-${TRACE}-${between.spanId}-01`);
  });

  it('are not kept of a trace that nobody wants, which is carried on all the same', async () => {
    const client = await start();
    await client.getBundle({}, { headers: { traceparent: `00-${TRACE}-${PARENT}-00` } }).catch(() => undefined);
    expect(spans).to.deep.equal([]);
    expect(received[0]?.get('traceparent')).to.match(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });

  it('of a stream hold what it does on its way, and end with it; who stops to listen is no failure', async () => {
    const client = await start();
    const leave = new AbortController();
    let messages = 0;
    try {
      for await (const _ of client.fetchFile({}, { signal: leave.signal })) if (++messages === 2) leave.abort();
    } catch {
      // Cancelled by ourselves.
    }
    expect(await eventually(() => spans.length === 3)).to.equal(true);
    expect(shown()).to.deep.equal(['server CheckIn', 'client CheckIn', 'server FetchFile']);
    const [, between, outer] = spans as [Span, Span, Span];
    expect([outer.parentSpanId, between.parentSpanId]).to.deep.equal(['', outer.spanId]);
    expect(outer.attributes['rpc.connect_rpc.error_code']).to.equal('canceled');
  });

  it('are not made of instant calls that belong to no trace', async () => {
    await start();
    const tracing = createTracing({
      exporter: { add: (span) => void spans.push(span), close: async () => {} },
      clock: systemClock,
    });
    const listener = await servers.start({
      tls: spoke,
      tracing,
      routes: (router) => router.service(AgentService, { checkIn: instant(AgentService.method.checkIn, () => ({})) }),
    });
    await createClient(AgentService, servers.dial(listener, envoy, spoke.identity).transport).checkIn({});
    expect(spans).to.deep.equal([]);
  });
});
