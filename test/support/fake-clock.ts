/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../../src/platform/clock.ts';

export interface FakeClockOptions {
  /** Wall-clock time at the beginning, milliseconds since 1970 UTC; default 2026-01-01. */
  readonly start?: number;
  /** Of `random`; the same seed gives the same numbers. Default 1. */
  readonly seed?: number;
}

export interface FakeClock extends Clock {
  /** Fires the timers that become due in the next `ms`, in order, and lets what they started settle in between. */
  advance(ms: number): Promise<void>;
  /** Timers that wait. */
  pending(): number;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

// Promise chains settle within one turn of the event loop; a few turns also let in-process streams pass on their data.
const SETTLE_TURNS = 4;

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  const start = options.start ?? Date.UTC(2026, 0, 1);
  const random = mulberry32(options.seed ?? 1);
  const timers = new Set<Entry>();
  let elapsed = 0;
  let order = 0;

  const nextDue = (until: number): Entry | undefined => {
    let first: Entry | undefined;
    for (const entry of timers) {
      if (entry.at > until) continue;
      if (!first || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry;
    }
    return first;
  };

  return {
    // Whole milliseconds, as Date.now gives them, whatever fraction a backoff has waited.
    now: () => start + Math.floor(elapsed),
    monotonic: () => elapsed,
    random,
    pending: () => timers.size,
    after(ms, fn): Timer {
      const entry: Entry = { at: elapsed + Math.max(ms, 0), order: order++, fn };
      timers.add(entry);
      return { cancel: () => timers.delete(entry) };
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let entry = nextDue(until); entry; entry = nextDue(until)) {
        timers.delete(entry);
        elapsed = entry.at;
        entry.fn();
        await settle();
      }
      elapsed = until;
    },
  };
}

/** The mulberry32 generator: 32 bits of state, good enough to spread test timers. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
