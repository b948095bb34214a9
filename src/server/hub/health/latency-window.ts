/** The latencies of the last probes, and what they amount to. */

/** 100 probes: 50 minutes at the default interval, and the smallest window with a meaningful p99. */
const WINDOW = 100;

export interface LatencySummary {
  readonly lastMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LatencyWindow {
  add(ms: number): void;
  /** Nearest-rank percentiles; undefined before the first. */
  summary(): LatencySummary | undefined;
  /** All of them, oldest first. */
  recent(): number[];
}

export function createLatencyWindow(): LatencyWindow {
  const values: number[] = [];
  return {
    add(ms) {
      values.push(ms);
      if (values.length > WINDOW) values.shift();
    },
    recent: () => [...values],
    summary() {
      const lastMs = values.at(-1);
      if (lastMs === undefined) return undefined;
      const sorted = [...values].sort((a, b) => a - b);
      const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
      return { lastMs, p50Ms: rank(0.5), p99Ms: rank(0.99) };
    },
  };
}
