/** W3C Trace Context: which trace a call belongs to, as its headers say. */
import { randomBytes } from 'node:crypto';

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: the span that is going on. */
  readonly spanId: string;
  /** False: whoever began the trace does not want it to be kept. */
  readonly sampled: boolean;
  /** What others have put beside it, passed on as it came; empty if nothing. */
  readonly state: string;
}

export const TRACEPARENT = 'traceparent';
export const TRACESTATE = 'tracestate';

const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** As the specification asks for at least; it travels with each call. */
const MAX_STATE = 512;

/** Undefined for what is not understood: the trace begins anew then, as the specification wants it. */
export function parseTraceContext(parent: string | null, state: string | null): TraceContext | undefined {
  const [, version = '', traceId = '', spanId = '', flags = '', more] = PARENT.exec(parent ?? '') ?? [];
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const kept = state !== null && state.length <= MAX_STATE ? state : '';
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state: kept };
}

export function formatTraceParent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** A new span in the trace of `parent`, or in one of its own. */
export function childOf(parent: TraceContext | undefined): TraceContext {
  const spanId = randomBytes(8).toString('hex');
  return parent
    ? { ...parent, spanId }
    : { traceId: randomBytes(16).toString('hex'), spanId, sampled: true, state: '' };
}
