/** The rows of one spoke, one after the other, for a merge. */
import { type EnvoyTableRow, rowOf } from '../../../rpc/envoy-table.ts';
import type { EnvoyCursorKey, ListWarning } from './envoy-query.ts';
import { createSpokeTables, type SpokeAnswerOptions } from './spoke-tables.ts';

export interface SpokeRowsOptions extends SpokeAnswerOptions {
  readonly after: EnvoyCursorKey | undefined;
  /** Rows to ask for at first; 0 for all. When they are used up, twice as many are asked for. */
  readonly limit: number;
}

export interface SpokeRows {
  readonly spoke: string;
  /** The next row, if it is in memory; undefined at the end and when `fill` must be awaited first. */
  readonly head: EnvoyTableRow | undefined;
  /** Whether `fill` has something to wait for. */
  readonly hungry: boolean;
  /** Matching rows on the spoke, wherever the page begins; known after the first `fill`. */
  readonly total: number;
  readonly warning: ListWarning | undefined;
  advance(): void;
  /** Waits for the next table, if one is due. Throws only when nobody wants the list any more. */
  fill(): Promise<void>;
  close(): void;
}

export function createSpokeRows(options: SpokeRowsOptions): SpokeRows {
  const tables = createSpokeTables(options);
  let { limit } = options;
  let ended = false;
  let position = 0;
  let received = 0;
  let head: EnvoyTableRow | undefined;
  let last: EnvoyTableRow | undefined;
  tables.ask({ after: options.after, limit });

  const load = (): void => {
    head = tables.table && position < tables.rows ? rowOf(tables.table, position) : undefined;
  };
  const take = (): void => {
    position = 0;
    received += tables.rows;
    load();
    if (tables.table) return;
    const cutShort = !tables.warning && limit > 0 && received >= limit && last !== undefined;
    ended = !cutShort;
    if (!cutShort) return;
    // It has more of what is wanted than was thought.
    received = 0;
    limit *= 2;
    tables.ask({ after: last, limit });
  };

  return {
    spoke: tables.spoke,
    get head() {
      return head;
    },
    get hungry() {
      return head === undefined && !ended;
    },
    get total() {
      return tables.total;
    },
    get warning() {
      return tables.warning;
    },
    advance() {
      last = head;
      position++;
      load();
    },
    async fill() {
      while (head === undefined && !ended) {
        await tables.next();
        take();
      }
    },
    close: () => tables.close(),
  };
}
