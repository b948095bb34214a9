/**
 * The fleet's list: the directory says who exists and in which order, the spokes say how they are.
 *
 * Walking the directory and, beside it, the sorted rows of all spokes at once gives every enrolled envoy exactly once,
 * whatever spokes answer, and needs no more memory than one table per spoke. While an envoy moves, two spokes may show it
 * (the owner is right, else the higher epoch) or, for an instant, none: then, as for a spoke that is down, the directory
 * stands in, and the row says that it is stale.
 */
import { envoyComparator, firstBehind } from '../../../fleet/envoy-order.ts';
import { compilePattern } from '../../../fleet/patterns.ts';
import { plausibleTime } from '../../../fleet/plausible-time.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { EnvoyTableRow } from '../../../rpc/envoy-table.ts';
import { statusCode } from '../../../rpc/status-codes.ts';
import type { Directory, Placement } from '../directory.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { SpokeMonitor } from '../spoke-monitor.ts';
import type { EnvoyQuery, ListWarning } from './envoy-query.ts';
import { createRowHeads, type TakenRow } from './row-heads.ts';
import { createSpokeRows, type SpokeRows } from './spoke-rows.ts';

export interface MergeOptions {
  readonly directory: Directory;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  /** Deadline for each answer of a spoke, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface MergedRows {
  /** Matching rows fleet-wide, wherever the page begins. Exact without a status filter, else as the spokes count. */
  readonly total: number;
  /** Grows while rows are read: a spoke may fail in the middle. */
  readonly warnings: readonly ListWarning[];
  /** The next rows, at most `max`; fewer only at the end. */
  next(max: number): Promise<EnvoyTableRow[]>;
  /** Must be called when no more rows are wanted. */
  close(): void;
}

/** Beside the envoys of the whole fleet, a spoke may show some that have just left it. */
const SPARE_ROWS = 10_000;

/** Asks all spokes that own envoys, in parallel, and waits for the first answer or failure of each. */
export async function openMergedRows(
  options: MergeOptions,
  query: EnvoyQuery,
  signal: AbortSignal,
): Promise<MergedRows> {
  const { directory } = options;
  const matchesName = query.hostname === '' ? () => true : compilePattern(query.hostname);
  const wanted = (placement: Placement) =>
    (query.spoke === '' || placement.spoke === query.spoke) && matchesName(placement.hostname);
  const { streams, warnings: unasked } = askSpokes(options, query, signal);
  const compare = envoyComparator(query.sort);
  const sorted = directory.sorted(query.sort);
  const statuses = new Set<number>(query.statuses);
  const now = options.clock.now();
  let position = firstBehind(sorted, compare, query.after);
  const heads = createRowHeads(streams, compare);
  try {
    await heads.fill();
  } catch (error) {
    for (const stream of streams) stream.close();
    throw error;
  }
  const answers = (spoke: string) => streams.some((stream) => stream.spoke === spoke && !stream.warning);

  const rowFor = (placement: Placement, taken: TakenRow | undefined): EnvoyTableRow | undefined => {
    // On its way, another spoke may show it. If its owner does not answer, nobody else can say how it is.
    if (taken && (taken.spoke === placement.spoke || answers(placement.spoke))) {
      const row = asPlaced(placement, taken.row, now);
      remember(placement, row);
      return row;
    }
    const standIn = standInRow(placement);
    // With a status filter a row that is missing has most likely another status; only what the directory remembers counts.
    if (statuses.size > 0 && (!statuses.has(standIn.status) || answers(placement.spoke))) return undefined;
    return standIn;
  };

  return {
    total: countMatches(options, query, { sorted, wanted, statuses, streams, answers }),
    get warnings() {
      return [...unasked, ...streams.flatMap((stream) => stream.warning ?? [])];
    },
    async next(max) {
      const rows: EnvoyTableRow[] = [];
      while (rows.length < max && position < sorted.length) {
        const placement = sorted[position++] as Placement;
        // Revoked since the snapshot was taken, or not asked for.
        if (placement.gone || !wanted(placement)) continue;
        let taken = heads.take(placement, undefined, betterOf);
        while (heads.hungry) {
          await heads.fill();
          taken = heads.take(placement, taken, betterOf);
        }
        const row = rowFor(placement, taken);
        if (row) rows.push(row);
      }
      return rows;
    },
    close() {
      for (const stream of streams) stream.close();
    },
  };
}

/** Streams from the spokes that own envoys; those known to be dead cost nothing but a warning. */
function askSpokes(
  options: MergeOptions,
  query: EnvoyQuery,
  signal: AbortSignal,
): { streams: SpokeRows[]; warnings: ListWarning[] } {
  const { directory, links, monitor } = options;
  const streams: SpokeRows[] = [];
  const warnings: ListWarning[] = [];
  const owners = directory
    .owners()
    .sort()
    .filter((owner) => query.spoke === '' || owner === query.spoke);
  // A page of 100 from ten spokes has some ten rows of each: asking each for 100 would be ten times the work.
  const limit = Math.min(query.limit, Math.ceil((2 * query.limit) / owners.length) + 1);
  for (const spoke of owners) {
    const link = links.find(spoke);
    const health = monitor.view(spoke)?.health;
    if (!link) {
      warnings.push({ spoke, code: 'not_found', message: 'it owns envoys, but is not in the configuration any more' });
    } else if (health?.health === 'unhealthy') {
      warnings.push({ spoke, code: 'unhealthy', message: health.reason });
    } else {
      const { sort, after, hostname, statuses } = query;
      const filter = { hostname, statuses: [...statuses] };
      streams.push(
        createSpokeRows({
          link,
          filter,
          sort,
          after,
          limit,
          maxRows: 2 * directory.size + SPARE_ROWS,
          timeoutMs: options.timeoutMs,
          clock: options.clock,
          signal,
        }),
      );
    }
  }
  return { streams, warnings };
}

/** Of two rows of one envoy: its owner's, else the one under the higher epoch. */
function betterOf({ spoke: owner }: Placement, one: TakenRow, other: TakenRow): TakenRow {
  if (other.spoke === owner) return other;
  return one.spoke !== owner && other.row.epoch > one.row.epoch ? other : one;
}

/** A spoke says how an envoy is; who it is and whose, only the directory says. Mostly they agree, and nothing is copied. */
function asPlaced(placement: Placement, row: EnvoyTableRow, now: number): EnvoyTableRow {
  const { hostname, spoke, epoch, enrolledAt } = placement;
  const lastSeenAt = plausibleTime(row.lastSeenAt, now);
  const agrees =
    row.hostname === hostname &&
    row.spoke === spoke &&
    row.epoch === epoch &&
    row.enrolledAt === enrolledAt &&
    row.lastSeenAt === lastSeenAt;
  return agrees ? row : { ...row, hostname, spoke, epoch, enrolledAt, lastSeenAt };
}

/** Mostly there is nothing new, and 100,000 objects that are only read stay where they are in memory. */
function remember(placement: Placement, row: EnvoyTableRow): void {
  if (placement.status !== row.status) placement.status = row.status;
  if (placement.drift !== row.drift) placement.drift = row.drift;
  if (placement.lastSeenAt !== row.lastSeenAt) placement.lastSeenAt = row.lastSeenAt;
  if (placement.configVersion !== row.configVersion) placement.configVersion = row.configVersion;
}

/** What the directory knows about an envoy whose spoke does not say. */
export function standInRow(placement: Placement): EnvoyTableRow {
  return {
    id: placement.id,
    hostname: placement.hostname,
    spoke: placement.spoke,
    epoch: placement.epoch,
    status: placement.status || statusCode('no_data'),
    drift: placement.drift,
    reachable: false,
    stale: true,
    lastSeenAt: placement.lastSeenAt,
    enrolledAt: placement.enrolledAt,
    configVersion: placement.configVersion,
  };
}

interface CountInput {
  readonly sorted: readonly Placement[];
  readonly wanted: (placement: Placement) => boolean;
  readonly statuses: ReadonlySet<number>;
  readonly streams: readonly SpokeRows[];
  readonly answers: (spoke: string) => boolean;
}

function countMatches({ directory }: MergeOptions, query: EnvoyQuery, input: CountInput): number {
  if (input.statuses.size === 0) {
    if (query.hostname === '') return query.spoke === '' ? input.sorted.length : directory.countOn(query.spoke);
    return input.sorted.reduce((count, placement) => count + (input.wanted(placement) ? 1 : 0), 0);
  }
  const answered = input.streams.reduce(
    (sum, stream) => sum + (stream.warning ? 0 : Math.min(stream.total, directory.countOn(stream.spoke))),
    0,
  );
  const stoodIn = input.sorted.reduce((count, placement) => {
    const matches =
      !input.answers(placement.spoke) && input.wanted(placement) && input.statuses.has(standInRow(placement).status);
    return count + (matches ? 1 : 0);
  }, 0);
  return answered + stoodIn;
}
