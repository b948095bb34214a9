/** A collector of traces on this machine: takes OTLP by HTTP and JSON, and checks that it is that. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of the program that sent it. */
  readonly resource: Readonly<Record<string, string>>;
}

export interface TraceCollector {
  /** "http://127.0.0.1:port" */
  readonly endpoint: string;
  readonly spans: CollectedSpan[];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly spans: number }[];
  /** What the next requests are answered with, in turn; then 200. 0: no answer at all. */
  readonly answers: number[];
  close(): Promise<void>;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly (Omit<CollectedSpan, 'attributes' | 'resource' | 'failed'> & {
        readonly attributes: readonly Attribute[];
        readonly status: { readonly code?: number };
      })[];
    }[];
  }[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const requests: TraceCollector['requests'] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const taken = spansOf(JSON.parse(Buffer.concat(chunks).toString()) as ExportRequest);
      requests.push({ path: `${request.method} ${request.url}`, headers: request.headers, spans: taken.length });
      const code = answers.shift() ?? 200;
      if (code === 200) spans.push(...taken);
      if (code !== 0) response.writeHead(code, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function spansOf({ resourceSpans }: ExportRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) => {
      if (scope.name !== 'vigocli') throw new Error(`spans of ${scope.name}`);
      return spans.map(({ status, attributes, ...span }) => {
        if (!/^[0-9a-f]{32}$/.test(span.traceId) || !/^[0-9a-f]{16}$/.test(span.spanId)) throw new Error('bad ids');
        const ends = BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano);
        if (ends < 0n || !/^\d{19}$/.test(span.startTimeUnixNano)) throw new Error('bad times');
        const failed = status.code === 2;
        return { ...span, failed, attributes: named(attributes), resource: named(resource.attributes) };
      });
    }),
  );
}

function named(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? intValue ?? '']),
  );
}
