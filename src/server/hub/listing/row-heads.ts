/**
 * The next rows of all spokes, smallest first, so that a merge looks at one of them and not at all.
 *
 * Taking is not asynchronous: waiting for a promise for each of 100,000 rows would cost more than the rows. Only when a
 * spoke's table is used up, its next one must be waited for.
 */
import type { EnvoyComparator, EnvoyKey } from '../../../fleet/envoy-order.ts';
import type { EnvoyTableRow } from '../../../rpc/envoy-table.ts';
import type { SpokeRows } from './spoke-rows.ts';

export interface TakenRow {
  readonly row: EnvoyTableRow;
  /** Who showed it. */
  readonly spoke: string;
}

export interface RowHeads {
  /** Whether `fill` must be awaited before anything is taken. */
  readonly hungry: boolean;
  /** Waits for the next table of every spoke whose rows are used up. Throws only when nobody wants the list any more. */
  fill(): Promise<void>;
  /**
   * Takes all rows up to and including `key` and returns the best of those that are of it, `best` among them. Ends early
   * when it gets hungry: then it must be called again after `fill`, with what it has returned.
   */
  take<K extends EnvoyKey>(
    key: K,
    best: TakenRow | undefined,
    betterOf: (key: K, one: TakenRow, other: TakenRow) => TakenRow,
  ): TakenRow | undefined;
}

export function createRowHeads(streams: readonly SpokeRows[], compare: EnvoyComparator): RowHeads {
  let hungry: SpokeRows[] = [...streams];
  /** Streams with a head, the largest first, so that the smallest is cheap to take off. */
  const ordered: SpokeRows[] = [];

  const insert = (stream: SpokeRows): void => {
    const { head } = stream;
    if (!head) return void (stream.hungry && hungry.push(stream));
    let low = 0;
    let high = ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(ordered[middle]?.head as EnvoyTableRow, head) > 0) low = middle + 1;
      else high = middle;
    }
    ordered.splice(low, 0, stream);
  };

  return {
    get hungry() {
      return hungry.length > 0;
    },
    async fill() {
      const waiting = hungry;
      hungry = [];
      await Promise.all(waiting.map((stream) => stream.fill()));
      for (const stream of waiting) insert(stream);
    },
    take(key, best, betterOf) {
      let found = best;
      while (hungry.length === 0) {
        const stream = ordered.at(-1);
        const head = stream?.head;
        if (!stream || !head) break;
        const order = head.id === key.id ? 0 : compare(head, key);
        if (order > 0) break;
        if (order === 0) {
          const row = { row: head, spoke: stream.spoke };
          found = found ? betterOf(key, found, row) : row;
        }
        ordered.pop();
        stream.advance();
        insert(stream);
      }
      return found;
    },
  };
}
