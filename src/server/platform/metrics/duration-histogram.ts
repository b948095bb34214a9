/**
 * How long things take, in buckets. As with tallies the library's own histogram is not asked at every observation: each
 * combination of labels has its numbers in an array, and whoever observes holds that.
 */
import type { Metric, Registry } from 'prom-client';

export interface Durations {
  /** Counts one, milliseconds. */
  observe(ms: number): void;
}

export interface DurationHistogram<L extends string> {
  /** A new line; each combination of labels is to be asked for once, and shown from then on. */
  line(labels: Record<L, string>): Durations;
}

export interface DurationHistogramSpec {
  /** Ends with "_seconds". */
  readonly name: string;
  readonly help: string;
  /** Upper bounds, seconds, ascending. */
  readonly buckets: readonly number[];
}

interface Line {
  readonly labels: Record<string, string>;
  /** Observations of each bucket, not of those below it; the last is for what is above all bounds. */
  readonly counts: Float64Array;
  /** Milliseconds. */
  sum: number;
}

export function createDurationHistogram<L extends string>(
  registry: Registry,
  { name, help, buckets }: DurationHistogramSpec,
): DurationHistogram<L> {
  const boundsMs = Float64Array.from(buckets, (seconds) => seconds * 1000);
  const lines: Line[] = [];
  // The registry asks a metric for its name and its values and for nothing else.
  const metric = {
    name,
    get: async () => ({
      name,
      help,
      type: 'histogram',
      values: lines.flatMap((line) => samplesOf(line, name, buckets)),
    }),
  };
  registry.registerMetric(metric as unknown as Metric);
  return {
    line(labels) {
      const line: Line = { labels, counts: new Float64Array(buckets.length + 1), sum: 0 };
      lines.push(line);
      const { counts } = line;
      return {
        observe(ms) {
          let bucket = 0;
          while (bucket < boundsMs.length && ms > (boundsMs[bucket] as number)) bucket++;
          counts[bucket] = (counts[bucket] as number) + 1;
          line.sum += ms;
        },
      };
    },
  };
}

function samplesOf({ labels, counts, sum }: Line, name: string, buckets: readonly number[]) {
  let count = 0;
  const samples = [...buckets, Number.POSITIVE_INFINITY].map((bound, i) => {
    count += counts[i] as number;
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...samples,
    { metricName: `${name}_sum`, labels, value: sum / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
