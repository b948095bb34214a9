/** How long calls take is noted once per call, whatever way it takes through the server and whatever comes of it. */
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { VigoError } from '../../src/fleet/errors.ts';
import { AgentService, CheckInResponseSchema } from '../../src/gen/vigo/v1/agent_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import { type InstantContext, instant } from '../../src/server/platform/instant-calls.ts';
import { createRpcMetrics } from '../../src/server/platform/metrics/rpc-metrics.ts';
import { parseExposition } from '../support/exposition.ts';
import { eventually, useServers } from '../support/servers.ts';
import type { TestCredentials } from '../support/test-pki.ts';

const ENVOY = '6f1c2a9e-0d1b-4c55-9a0e-3a5f5a0c7b11';

describe('the time that calls take', () => {
  const servers = useServers();
  let envoy: TestCredentials;
  let spoke: TestCredentials;
  let registry: Registry;
  /** "Method code" → calls. */
  const counted = async (): Promise<Record<string, number>> => {
    const { samples } = parseExposition(await registry.metrics()).get('vigo_rpc_duration_seconds') ?? { samples: [] };
    const lines = samples.filter(({ name }) => name.endsWith('_count'));
    return Object.fromEntries(lines.map(({ labels, value }) => [`${labels.method} ${labels.code}`, value]));
  };

  before(async () => {
    [envoy, spoke] = await Promise.all([servers.pki.envoy(ENVOY), servers.pki.spoke('dc1')]);
  });
  beforeEach(() => {
    registry = new Registry();
  });

  const epochs = { 1: 'well', 2: 'overloaded', 3: 'refused', 4: 'broken' } as const;
  const checkIn = ({ epoch }: { epoch: number }) => {
    const what = epochs[epoch as keyof typeof epochs];
    if (what === 'overloaded') throw new VigoError('OVERLOADED', 'too much', { retryAfterMs: 1 });
    if (what === 'refused') throw new VigoError('IDENTITY_REVOKED', 'gone');
    if (what === 'broken') throw new Error('nobody planned this');
    return create(CheckInResponseSchema, {});
  };
  const handlers = {
    'the fast path': instant(AgentService.method.checkIn, checkIn),
    'the router': (request: { epoch: number }, _context: InstantContext) => checkIn(request),
  };
  for (const [way, handler] of Object.entries(handlers)) {
    it(`is noted by code, on ${way}`, async () => {
      const listener = await servers.start({
        tls: spoke,
        metrics: createRpcMetrics({ registry, clock: systemClock }),
        routes: (router) => router.service(AgentService, { checkIn: handler }),
      });
      const client = createClient(AgentService, servers.dial(listener, envoy, spoke.identity).transport);
      for (const epoch of [1, 1, 2, 3, 4, 1]) await client.checkIn({ epoch }).catch(() => undefined);
      expect(await counted()).to.deep.equal({
        'CheckIn ok': 3,
        'CheckIn resource_exhausted': 1,
        'CheckIn permission_denied': 1,
        'CheckIn internal': 1,
      });
    });
  }

  it('of a stream ends with it: at its end, with what it throws, or when nobody listens any more', async () => {
    let left = 0;
    const listener = await servers.start({
      tls: spoke,
      metrics: createRpcMetrics({ registry, clock: systemClock }),
      routes: (router) =>
        router.service(AgentService, {
          async *fetchFile({ sha256 }, { signal }) {
            yield { chunk: new Uint8Array(1) };
            if (sha256[0] === 1) throw new ConnectError('no', Code.NotFound);
            if (sha256[0] !== 2) return;
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
            left++;
            signal.throwIfAborted();
          },
        }),
    });
    const client = createClient(AgentService, servers.dial(listener, envoy, spoke.identity).transport);
    const leave = new AbortController();
    const read = async (first: number) => {
      for await (const _ of client.fetchFile({ sha256: Uint8Array.of(first) }, { signal: leave.signal }))
        if (first === 2) leave.abort();
    };
    await read(0);
    await read(1).catch(() => undefined);
    expect(await counted()).to.deep.equal({ 'FetchFile ok': 1, 'FetchFile not_found': 1 });
    await read(2).catch(() => undefined);
    expect(await eventually(() => left === 1)).to.equal(true);
    let all = {};
    await eventually(() => {
      void counted().then((now) => {
        all = now;
      });
      return Object.keys(all).length === 3;
    });
    expect(all).to.deep.equal({ 'FetchFile ok': 1, 'FetchFile not_found': 1, 'FetchFile canceled': 1 });
  });
});
