/** The spoke's own list of envoys: filtered, sorted, in tables that are small enough to stream. */
import { type CheckinPace, offlineAfter } from '../../fleet/checkin-schedule.ts';
import { type EnvoyKey, type EnvoySortSpec, envoyComparator, firstBehind } from '../../fleet/envoy-order.ts';
import { type Compliance, emptyCompliance, envoyStatus, isReachable } from '../../fleet/envoy-status.ts';
import { compilePattern } from '../../fleet/patterns.ts';
import type { EnvoyTable, EnvoyStatus as StatusCode } from '../../gen/vigo/v1/types_pb.js';
import { createEnvoyTableBuilder, type EnvoyTableRow } from '../../rpc/envoy-table.ts';
import { driftCode, statusCode } from '../../rpc/status-codes.ts';
import type { EnvoyEntry, EnvoyIndex } from './envoy-index.ts';

/** Rows a table: little work between two chances for others. Four times as many made lists no faster. */
const ROWS_PER_TABLE = 500;

export interface RowQuery {
  /** Glob; empty for all. */
  readonly hostname: string;
  /** Empty for all. */
  readonly statuses: readonly StatusCode[];
  readonly sort: EnvoySortSpec;
  readonly after: EnvoyKey | undefined;
  /** 0 for all. */
  readonly limit: number;
  /** Without the columns that the caller knows. */
  readonly lean?: boolean;
}

export interface RowSource {
  readonly index: EnvoyIndex;
  readonly spokeId: string;
  readonly pace: CheckinPace;
}

function rowOfEntry(source: RowSource, entry: EnvoyEntry, now: number): EnvoyTableRow {
  const presence = {
    lastSignAt: Math.max(entry.lastSeenAt, entry.enrolledAt),
    now,
    offlineAfterMs: offlineAfter(source.pace, source.index.size, entry.toldMs),
  };
  return {
    id: entry.id,
    hostname: entry.hostname,
    spoke: source.spokeId,
    epoch: entry.epoch,
    status: statusCode(envoyStatus(entry.verdict, presence)),
    drift: driftCode(entry.drift),
    reachable: isReachable(presence),
    stale: false,
    lastSeenAt: entry.lastSeenAt,
    enrolledAt: entry.enrolledAt,
    configVersion: entry.configVersion,
  };
}

/** How many rows match, wherever the page begins. Throws `INVALID_PATTERN`. */
export function countRows(source: RowSource, query: RowQuery, now: number): number {
  if (query.hostname === '' && query.statuses.length === 0) return source.index.size;
  const matches = rowFilter(source, query, now);
  let count = 0;
  for (const entry of source.index.values()) if (matches(entry)) count++;
  return count;
}

function rowFilter(source: RowSource, query: RowQuery, now: number): (entry: EnvoyEntry) => boolean {
  const matchesName = query.hostname === '' ? () => true : compilePattern(query.hostname);
  const statuses = new Set<number>(query.statuses);
  return (entry) =>
    matchesName(entry.hostname) && (statuses.size === 0 || statuses.has(rowOfEntry(source, entry, now).status));
}

/** The rows in tables; always at least one, so that a stream has a first message. Throws `INVALID_PATTERN`. */
export function* tablesOf(
  source: RowSource,
  query: RowQuery,
  now: number,
  rowsPerTable = ROWS_PER_TABLE,
): Generator<EnvoyTable> {
  const sorted = source.index.sorted(query.sort);
  const matches = rowFilter(source, query, now);
  const builder = createEnvoyTableBuilder({ lean: query.lean ?? false });
  let left = query.limit || Number.POSITIVE_INFINITY;
  let sent = false;
  for (let i = firstBehind(sorted, envoyComparator(query.sort), query.after); i < sorted.length && left > 0; i++) {
    const entry = sorted[i] as EnvoyEntry;
    if (!matches(entry)) continue;
    builder.add(rowOfEntry(source, entry, now));
    left--;
    if (builder.length === rowsPerTable) {
      sent = true;
      yield builder.take();
    }
  }
  if (builder.length > 0 || !sent) yield builder.take();
}

export function complianceOf(source: RowSource, now: number): Compliance {
  const compliance = emptyCompliance();
  for (const entry of source.index.values()) {
    const offlineAfterMs = offlineAfter(source.pace, source.index.size, entry.toldMs);
    const lastSignAt = Math.max(entry.lastSeenAt, entry.enrolledAt);
    compliance[envoyStatus(entry.verdict, { lastSignAt, now, offlineAfterMs })]++;
  }
  return compliance;
}
