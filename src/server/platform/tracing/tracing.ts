/**
 * A span for each call that a server answers, and for each that it makes meanwhile; the latter carry the trace on to the
 * server that is called.
 *
 * Whatever a call has set going belongs to its trace, also when it is answered: a drain's batches are found under the
 * call that ordered it. Calls that nobody has ordered, such as probes, begin traces of their own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Code, ConnectError, type Interceptor, type StreamResponse } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import type { Clock } from '../../../platform/clock.ts';
import type { Attributes, Span } from './otlp-json.ts';
import type { SpanExporter } from './span-exporter.ts';
import {
  childOf,
  formatTraceParent,
  parseTraceContext,
  TRACEPARENT,
  TRACESTATE,
  type TraceContext,
} from './trace-context.ts';

export interface Tracing {
  /** For a listener, around everything that makes errors into answers. */
  readonly server: Interceptor;
  /** For a transport. `peer`: attributes that say who is called. */
  client(peer: Attributes): Interceptor;
  close(): Promise<void>;
}

export interface TracingOptions {
  readonly exporter: SpanExporter;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

type Request = Parameters<ReturnType<Interceptor>>[0];

export function createTracing({ exporter, clock }: TracingOptions): Tracing {
  const current = new AsyncLocalStorage<TraceContext>();

  const begin = (
    { service, method }: Request,
    kind: Span['kind'],
    parent: TraceContext | undefined,
    peer: Attributes,
  ) => {
    const context = childOf(parent);
    const startedAt = clock.now();
    const begun = clock.monotonic();
    const end = (code: Code | undefined): void => {
      if (!context.sampled) return;
      exporter.add({
        traceId: context.traceId,
        spanId: context.spanId,
        parentSpanId: parent?.spanId ?? '',
        name: `${service.typeName}/${method.name}`,
        kind,
        startedAt,
        durationMs: clock.monotonic() - begun,
        // Whoever lost interest has not failed.
        failed: code !== undefined && code !== Code.Canceled,
        attributes: {
          'rpc.system': 'connect_rpc',
          'rpc.service': service.typeName,
          'rpc.method': method.name,
          // Messages name machines; codes do not.
          ...(code === undefined ? {} : { 'rpc.connect_rpc.error_code': codeToString(code) }),
          ...peer,
        },
      });
    };
    return { context, end };
  };

  const traced =
    (kind: Span['kind'], parentOf: (request: Request) => TraceContext | undefined, peer: Attributes): Interceptor =>
    (next) =>
    async (request) => {
      const { context, end } = begin(request, kind, parentOf(request), peer);
      if (kind === 'client') carry(request.header, context);
      try {
        const response = await current.run(context, () => next(request));
        if (response.stream) return { ...response, message: within(current, context, response.message, end) };
        end(undefined);
        return response;
      } catch (error) {
        end(ConnectError.from(error).code);
        throw error;
      }
    };

  return {
    server: traced('server', ({ header }) => parseTraceContext(header.get(TRACEPARENT), header.get(TRACESTATE)), {}),
    client: (peer) => traced('client', () => current.getStore(), peer),
    close: exporter.close,
  };
}

function carry(header: Headers, context: TraceContext): void {
  header.set(TRACEPARENT, formatTraceParent(context));
  if (context.state) header.set(TRACESTATE, context.state);
}

/** A stream does its work when it is asked for the next message, by whomever: each step is taken within the trace. */
async function* within(
  current: AsyncLocalStorage<TraceContext>,
  context: TraceContext,
  messages: StreamResponse['message'],
  end: (code: Code | undefined) => void,
): StreamResponse['message'] {
  const iterator = messages[Symbol.asyncIterator]();
  // Whoever stops to read has gone away.
  let code: Code | undefined = Code.Canceled;
  try {
    for (;;) {
      const step = await current.run(context, () => iterator.next());
      if (step.done) break;
      yield step.value;
    }
    code = undefined;
  } catch (error) {
    code = ConnectError.from(error).code;
    throw error;
  } finally {
    await current.run(context, async () => iterator.return?.());
    end(code);
  }
}
