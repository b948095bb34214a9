/** How a fleet has been, as columns for a chart: times, and for each status the sum of it and of all below it. */
import type { FleetHistoryPoint } from '../../../src/gen/vigo/v1/admin_pb.js';
import { STATUS_PARTS } from './compliance.ts';
import { millis } from './times.ts';
import { withGaps } from './with-gaps.ts';

type Part = (typeof STATUS_PARTS)[number];

export interface StackedHistory {
  /** From the bottom to the top. */
  readonly parts: readonly Part[];
  /** Seconds since 1970 UTC. */
  readonly times: readonly number[];
  /** Envoys in this status, for each part; null where nothing is known. */
  readonly counts: readonly (readonly (number | null)[])[];
  /** The same with everything below it. */
  readonly tops: readonly (readonly (number | null)[])[];
}

/** `parts`: those that are shown. Those that never occur are left out, unless none does. */
export function stackHistory(
  points: readonly FleetHistoryPoint[],
  parts: readonly Part[] = STATUS_PARTS,
): StackedHistory {
  const known = withGaps(
    points.flatMap(({ at, compliance }) => {
      const ms = millis(at);
      return ms !== null && compliance ? [{ seconds: ms / 1000, compliance }] : [];
    }),
    (seconds) => ({ seconds, compliance: undefined }),
  );
  const occurring = parts.filter(({ of }) => known.some(({ compliance }) => compliance && of(compliance) > 0));
  const shown = occurring.length > 0 ? occurring : parts.slice(0, 1);
  const counts = shown.map(({ of }) => known.map(({ compliance }) => (compliance ? of(compliance) : null)));
  const tops = counts.map((column, i) =>
    column.map((own, at) =>
      own === null ? null : counts.slice(0, i + 1).reduce((sum, below) => sum + (below[at] ?? 0), 0),
    ),
  );
  return { parts: shown, times: known.map(({ seconds }) => seconds), counts, tops };
}
