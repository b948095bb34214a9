/** Spans in the JSON encoding of OTLP. */

export type Attributes = Readonly<Record<string, string | number>>;

/** A span that has ended. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of its trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'server' | 'client';
  /** Milliseconds since 1970 UTC, with fractions. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly failed: boolean;
  readonly attributes: Attributes;
}

export interface SpanSource {
  /** Of the program that makes the spans. */
  readonly resource: Attributes;
  readonly version: string;
}

/** As in the protocol's enumerations. */
const KINDS = { server: 2, client: 3 } as const;
const STATUS_ERROR = 2;

/** The body of one request. */
export function otlpJson(spans: readonly Span[], { resource, version }: SpanSource): string {
  const scopeSpans = [{ scope: { name: 'vigocli', version }, spans: spans.map(spanJson) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: attributesJson(resource) }, scopeSpans }] });
}

function spanJson(span: Span) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId ? { parentSpanId: span.parentSpanId } : {}),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    endTimeUnixNano: nanoseconds(span.startedAt + span.durationMs),
    attributes: attributesJson(span.attributes),
    status: span.failed ? { code: STATUS_ERROR } : {},
  };
}

/** 64-bit numbers are texts. */
function attributesJson(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

/** More digits than a number has. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)));
}
