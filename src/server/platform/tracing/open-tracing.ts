/** Traces as OpenTelemetry's variables ask for them. Loaded only if there are such. */
import { VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { createSpanExporter } from './span-exporter.ts';
import { createTracing, type Tracing } from './tracing.ts';

export interface OpenTracingOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Base of the collector's addresses. */
  readonly endpoint: string;
  readonly version: string;
  readonly role: string;
  /** Absent on a hub. */
  readonly spokeId: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Throws CONFIG_INVALID naming the variable. */
export function openTracing(options: OpenTracingOptions): Tracing {
  const { env, role, spokeId, version, clock, logger } = options;
  const url = tracesUrl(options.endpoint);
  const protocol = env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol && protocol !== 'http/json')
    logger.warn({ protocol }, 'traces are sent by http/json, whatever is asked for');
  const exporter = createSpanExporter({
    url,
    headers: parseHeaders(env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    source: {
      version,
      resource: {
        'service.name': env.OTEL_SERVICE_NAME || 'vigocli',
        'service.version': version,
        'vigo.role': role,
        ...(spokeId === undefined ? {} : { 'vigo.spoke': spokeId }),
      },
    },
    clock,
    logger,
  });
  logger.info({ url }, 'calls are traced');
  return createTracing({ exporter, clock });
}

function tracesUrl(endpoint: string): string {
  const invalid = () =>
    new VigoError(
      'CONFIG_INVALID',
      `OTEL_EXPORTER_OTLP_ENDPOINT: expected http:// or https:// and a host, without a password`,
    );
  if (!URL.canParse(endpoint)) throw invalid();
  const url = new URL(endpoint);
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password) throw invalid();
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

/** "name=value,name=value", values percent-encoded. */
function parseHeaders(text: string): Record<string, string> {
  const invalid = () => new VigoError('CONFIG_INVALID', 'OTEL_EXPORTER_OTLP_HEADERS: expected name=value,name=value');
  const headers = new Headers();
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', ...value] = pair.split('=');
    if (value.length === 0) throw invalid();
    try {
      headers.append(name.trim(), decodeURIComponent(value.join('=').trim()));
    } catch {
      throw invalid();
    }
  }
  return Object.fromEntries(headers);
}
