/** The total order of lists of runs, newest first. Hub and spokes must agree on it, because the hub merges sorted lists. */
import { VigoError } from './errors.ts';

/** What decides the place of a run in a list. */
export interface RunKey {
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly id: string;
}

/** Negative if `a` comes before `b`. */
export function newestFirst(a: RunKey, b: RunKey): number {
  return b.startedAt - a.startedAt || (a.id > b.id ? -1 : a.id < b.id ? 1 : 0);
}

/** An opaque text for "behind this run". */
export function encodeRunCursor({ startedAt, id }: RunKey): string {
  return Buffer.from(JSON.stringify([1, 'runs', startedAt, id])).toString('base64url');
}

/** Throws `INVALID_CURSOR` for a text that `encodeRunCursor` did not make. */
export function decodeRunCursor(cursor: string): RunKey {
  try {
    const [version, what, startedAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (version === 1 && what === 'runs' && Number.isFinite(startedAt) && typeof id === 'string')
      return { startedAt, id };
  } catch {
    // Falls through to the one error: a cursor has no parts that a person could mend.
  }
  throw new VigoError(
    'INVALID_CURSOR',
    'the cursor does not belong to a list of runs: pass the nextCursor of the page before',
  );
}
