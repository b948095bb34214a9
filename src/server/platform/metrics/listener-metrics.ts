/** Who is connected to a server, and what it works on. */
import type { Registry } from 'prom-client';
import type { Listener } from '../listener.ts';
import type { PlainListener } from '../plain-listener.ts';
import type { RunningCalls } from '../running-calls.ts';
import { registerGauge, registerGauges } from './gauges.ts';

export interface ListenerMetricsOptions {
  readonly registry: Registry;
  readonly grpc: Pick<Listener, 'sessions' | 'connections'>;
  /** Absent on a spoke. */
  readonly api: Pick<Listener, 'sessions' | 'connections'> | undefined;
  readonly metrics: Pick<PlainListener, 'connections'>;
  readonly calls: Pick<RunningCalls, 'count'>;
}

export function registerListenerMetrics({ registry, grpc, api, metrics, calls }: ListenerMetricsOptions): void {
  const rpc = [{ name: 'grpc', listener: grpc }, ...(api ? [{ name: 'api', listener: api }] : [])];
  const all = [...rpc, { name: 'metrics', listener: metrics }];
  registerGauges(registry, {
    name: 'vigo_connections',
    help: 'Open TCP connections by listener.',
    labels: ['listener'],
    read: () => all.map(({ name, listener }) => [{ listener: name }, listener.connections()] as const),
  });
  registerGauges(registry, {
    name: 'vigo_http2_sessions',
    help: 'Open HTTP/2 sessions by listener; each agent that is connected holds one.',
    labels: ['listener'],
    read: () => rpc.map(({ name, listener }) => [{ listener: name }, listener.sessions()] as const),
  });
  registerGauge(registry, {
    name: 'vigo_rpc_running',
    help: 'Calls and streams that are worked on, without those that memory answers at once.',
    read: () => calls.count,
  });
}
