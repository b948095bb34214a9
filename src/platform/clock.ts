/**
 * Time and chance, injected everywhere so that tests own them.
 *
 * Only this file calls `Date.now`, `setTimeout` and `Math.random`.
 */

/** A timer that can be called off. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time, milliseconds since 1970 UTC. */
  now(): number;
  /** Time that never jumps, in milliseconds from an arbitrary start; for durations. */
  monotonic(): number;
  /** Calls `fn` once, `ms` milliseconds from now. Does not keep the process alive by itself. */
  after(ms: number, fn: () => void): Timer;
  /** A number in [0, 1). */
  random(): number;
}

// Longer delays overflow Node's 32-bit timers and would fire at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  random: () => Math.random(),
};

/** Resolves after `ms`, or at once when `signal` aborts. Never rejects; the caller looks at the signal. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const onAbort = () => {
      timer.cancel();
      resolve();
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** An abort signal that fires after `ms` or with `parent`, whichever is first; `cancel` takes its timer away. */
export function deadline(clock: Clock, ms: number, parent?: AbortSignal): { signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const timer = clock.after(ms, () => controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError')));
  const signal = parent ? AbortSignal.any([controller.signal, parent]) : controller.signal;
  return { signal, cancel: () => timer.cancel() };
}
