/** Who is connected to a server. */
import type { Registry } from 'prom-client';
import type { Listener } from '../listener.ts';
import type { PlainListener } from '../plain-listener.ts';
import { registerGauges } from './gauges.ts';

export interface ListenerMetricsOptions {
  readonly registry: Registry;
  readonly grpc: Pick<Listener, 'sessions' | 'connections'>;
  /** Absent on a spoke. */
  readonly api: Pick<Listener, 'sessions' | 'connections'> | undefined;
  readonly metrics: Pick<PlainListener, 'connections'>;
}

export function registerListenerMetrics({ registry, grpc, api, metrics }: ListenerMetricsOptions): void {
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
}
