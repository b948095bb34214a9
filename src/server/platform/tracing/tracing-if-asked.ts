/** The door to tracing: without the variable that asks for it nothing of it is loaded. */
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import type { Tracing } from './tracing.ts';

export interface TracingIfAskedOptions {
  readonly config: Pick<ServerConfig, 'spanner'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Undefined unless OTEL_EXPORTER_OTLP_ENDPOINT is set. Throws CONFIG_INVALID. */
export async function tracingIfAsked(options: TracingIfAskedOptions): Promise<Tracing | undefined> {
  const { env, version, clock, logger } = options;
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint) return undefined;
  const { openTracing } = await import('./open-tracing.ts');
  const { role, spokeId } = options.config.spanner;
  return openTracing({ env, endpoint, version, role, spokeId: role === 'spoke' ? spokeId : undefined, clock, logger });
}
