/**
 * The total order of envoy lists. Hub and spokes must agree on it to the letter, because the hub merges sorted streams:
 * strings are compared by code unit, never by locale.
 */
import { VigoError } from './errors.ts';

export type SortField = 'hostname' | 'enrolledAt';

export interface EnvoySortSpec {
  readonly field: SortField;
  readonly descending: boolean;
}

/** What decides the place of an envoy in a list. */
export interface EnvoyKey {
  readonly id: string;
  readonly hostname: string;
  /** Milliseconds since 1970 UTC. */
  readonly enrolledAt: number;
}

export type EnvoyComparator = (a: EnvoyKey, b: EnvoyKey) => number;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byHostname: EnvoyComparator = (a, b) => byText(a.hostname, b.hostname) || byText(a.id, b.id);
const byEnrolment: EnvoyComparator = (a, b) => a.enrolledAt - b.enrolledAt || byHostname(a, b);

export function envoyComparator(sort: EnvoySortSpec): EnvoyComparator {
  const ascending = sort.field === 'enrolledAt' ? byEnrolment : byHostname;
  return sort.descending ? (a, b) => ascending(b, a) : ascending;
}

/** Index of the first of `sorted` that is behind `after`; 0 without `after`. */
export function firstBehind(
  sorted: readonly EnvoyKey[],
  compare: EnvoyComparator,
  after: EnvoyKey | undefined,
): number {
  if (!after) return 0;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle] as EnvoyKey, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An opaque text for "behind this row, in this order". */
export function encodeCursor(sort: EnvoySortSpec, key: EnvoyKey): string {
  return Buffer.from(JSON.stringify([1, sort.field, sort.descending, key.hostname, key.id, key.enrolledAt])).toString(
    'base64url',
  );
}

/** Throws `INVALID_CURSOR` for a text that `encodeCursor` did not make for the same order. */
export function decodeCursor(sort: EnvoySortSpec, cursor: string): EnvoyKey {
  try {
    const [version, field, descending, hostname, id, enrolledAt] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString(),
    );
    if (version === 1 && field === sort.field && descending === sort.descending) {
      if (typeof hostname === 'string' && typeof id === 'string' && typeof enrolledAt === 'number') {
        return { hostname, id, enrolledAt };
      }
    }
  } catch {
    // Falls through to the one error: a cursor has no parts that a person could mend.
  }
  throw new VigoError(
    'INVALID_CURSOR',
    'the cursor does not belong to this list: pass the nextCursor of the page before, with the same --sort',
  );
}
