/**
 * The fleet's list in its general form: the directory says who exists and in which order, the spokes say who is there and
 * how they are.
 *
 * Walking the directory and, beside it, the sorted rows of all spokes at once gives every enrolled envoy exactly once,
 * whatever spokes answer, and needs no more memory than one table per spoke. While an envoy moves, two spokes may show it
 * (the owner is right, else the higher epoch) or, for an instant, none: then, as for a spoke that is down, the directory
 * stands in, and the row says that it is stale.
 */
import { envoyComparator, firstBehind } from '../../../fleet/envoy-order.ts';
import { compilePattern } from '../../../fleet/patterns.ts';
import { plausibleTime } from '../../../fleet/plausible-time.ts';
import type { EnvoyTableRow } from '../../../rpc/envoy-table.ts';
import type { Placement } from '../directory.ts';
import { chooseSpokes } from './choose-spokes.ts';
import type { EnvoyQuery, ListWarning } from './envoy-query.ts';
import type { MergedRows, MergeOptions } from './merged-rows.ts';
import { createRowHeads, type TakenRow } from './row-heads.ts';
import { createSpokeRows, type SpokeRows } from './spoke-rows.ts';
import { remember, standInRow } from './stand-in.ts';

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

/** Row streams of the spokes that are asked. */
function askSpokes(
  options: MergeOptions,
  query: EnvoyQuery,
  signal: AbortSignal,
): { streams: SpokeRows[]; warnings: ListWarning[] } {
  const { directory } = options;
  const { links, warnings } = chooseSpokes(options, query);
  // A page of 100 from ten spokes has some ten rows of each: asking each for 100 would be ten times the work.
  const limit = Math.min(query.limit, Math.ceil((2 * query.limit) / Math.max(1, links.length)) + 1);
  const { sort, after, hostname, statuses } = query;
  const streams = links.map((link) =>
    createSpokeRows({
      link,
      filter: { hostname, statuses: [...statuses] },
      sort,
      after,
      limit,
      maxRows: 2 * directory.size + SPARE_ROWS,
      timeoutMs: options.timeoutMs,
      clock: options.clock,
      signal,
    }),
  );
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
