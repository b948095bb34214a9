/**
 * Lets calls in as long as there are not too many, and sends the others away with a time to come back. Before any work is
 * done for them: what is left is mostly the cost of the call itself, HTTP/2 and TLS.
 */
import type { CallerShare, CallLimit } from '../../fleet/call-limits.ts';
import { VigoError } from '../../fleet/errors.ts';
import { type BucketVerdict, FULL_BUCKET, refuseCall, takeToken } from '../../fleet/token-bucket.ts';
import type { Clock } from '../../platform/clock.ts';

export interface GateOptions {
  /** What is counted, as a person would say it: "check-ins". */
  readonly what: string;
  readonly limit: CallLimit;
  readonly clock: Pick<Clock, 'monotonic' | 'random'>;
  /** After every refusal. */
  readonly onRefused?: (() => void) | undefined;
}

export interface Gate {
  /**
   * Counts a call of `caller` in. What is returned is disposed of when the call has ended, which matters only where calls under
   * way are counted. Throws OVERLOADED with the time after which to come back.
   */
  enter(caller?: string): Disposable;
}

const NOTHING_TO_LEAVE: Disposable = { [Symbol.dispose]() {} };

export function createGate({ what, limit, clock, onRefused }: GateOptions): Gate {
  const { perCaller, concurrent } = limit;
  const share = perCaller && createShares(perCaller);
  const message = `too many ${what} at a time: come back later`;
  let bucket = FULL_BUCKET;
  let inside = 0;
  const refuse = (retryAfterMs: number): never => {
    onRefused?.();
    throw withoutStack(() => new VigoError('OVERLOADED', message, { retryAfterMs }));
  };
  const weigh = (decide: typeof takeToken, now: number): void => {
    const verdict: BucketVerdict = decide(bucket, limit, now, clock.random());
    ({ bucket } = verdict);
    if (verdict.retryAfterMs !== undefined) refuse(verdict.retryAfterMs);
  };

  return {
    enter(caller) {
      const now = clock.monotonic();
      const restMs = caller === undefined ? undefined : share?.take(caller, now);
      // Not on the waiting list: who takes more than his share must not make it longer for the others.
      if (restMs !== undefined) refuse(restMs + (share?.spanMs ?? 0) * clock.random());
      if (concurrent === undefined) {
        weigh(takeToken, now);
        return NOTHING_TO_LEAVE;
      }
      weigh(inside >= concurrent ? refuseCall : takeToken, now);
      inside++;
      return { [Symbol.dispose]: () => void inside-- };
    },
  };
}

/** Where a refusal was made says nothing, and to find it out costs more than all the rest of it. */
function withoutStack(make: () => VigoError): VigoError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Counts the calls of each caller in spans that all have in common, so that what is remembered ends with the span. */
function createShares({ calls, spanMs }: CallerShare) {
  const counts = new Map<string, number>();
  let endsAt = 0;
  return {
    spanMs,
    /** Undefined if the caller may go on, else the rest of the span, milliseconds. */
    take(caller: string, now: number): number | undefined {
      if (now >= endsAt) {
        counts.clear();
        endsAt = now + spanMs;
      }
      const count = counts.get(caller) ?? 0;
      if (count >= calls) return endsAt - now;
      counts.set(caller, count + 1);
      return undefined;
    },
  };
}
