/**
 * The rows of one spoke, one after the other, for a merge: fetched a table ahead, with a deadline for every answer.
 *
 * A spoke that fails, at once or in the middle, ends its rows and leaves a warning; the merge goes on without it.
 */
import type { EnvoySortSpec } from '../../../fleet/envoy-order.ts';
import type { SpokeServiceListEnvoysResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { EnvoyFilter, EnvoyTable } from '../../../gen/vigo/v1/types_pb.js';
import { type Clock, deadline } from '../../../platform/clock.ts';
import { sortCode } from '../../../rpc/envoy-sort.ts';
import { type EnvoyTableRow, rowOf } from '../../../rpc/envoy-table.ts';
import { failureOf, type PartitionLink } from '../partition-links.ts';
import type { EnvoyCursorKey, ListWarning } from './envoy-query.ts';

export interface SpokeRowsOptions {
  readonly link: PartitionLink;
  readonly filter: Pick<EnvoyFilter, 'hostname' | 'statuses'>;
  readonly sort: EnvoySortSpec;
  readonly after: EnvoyCursorKey | undefined;
  /** Rows to ask for at first; 0 for all. When they are used up, twice as many are asked for. */
  readonly limit: number;
  /** More than so many rows are not an honest answer. */
  readonly maxRows: number;
  /** For every wait of the merge, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
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
  /** Waits for the next table, if one is due. Never throws for the spoke's fault. */
  fill(): Promise<void>;
  close(): void;
}

/** Whoever reads the list may be slow; each single answer of the spoke has its own, short deadline. */
const STREAM_TIMEOUT_MS = 10 * 60_000;

type Stream = AsyncIterator<SpokeServiceListEnvoysResponse>;

export function createSpokeRows(options: SpokeRowsOptions): SpokeRows {
  const { link, clock, signal } = options;
  const controller = new AbortController();
  let { limit } = options;
  const openAfter = (after: EnvoyCursorKey | undefined) =>
    open(options, after, limit, AbortSignal.any([controller.signal, signal]));
  let stream: Stream | undefined = openAfter(options.after);
  let ahead: Promise<IteratorResult<SpokeServiceListEnvoysResponse>> | undefined;
  let table: EnvoyTable | undefined;
  let position = 0;
  let head: EnvoyTableRow | undefined;
  let last: EnvoyTableRow | undefined;
  let received = 0;
  let receivedEver = 0;
  let begun = false;
  let total: number | undefined;
  let warning: ListWarning | undefined;

  const load = (): void => {
    head = table && position < table.ids.length ? rowOf(table, position) : undefined;
  };
  const end = (why?: unknown): void => {
    stream = undefined;
    ahead = undefined;
    if (why !== undefined) {
      warning = warningOf(link, why, options.timeoutMs);
      controller.abort();
    }
  };
  const take = (answer: IteratorResult<SpokeServiceListEnvoysResponse>): void => {
    ahead = undefined;
    if (answer.done) {
      const cutShort = limit > 0 && received >= limit && last !== undefined;
      received = 0;
      begun = false;
      // It has more of what is wanted than was thought.
      limit *= 2;
      if (cutShort) stream = openAfter(last);
      else end();
      return;
    }
    const rows = answer.value.table?.ids.length ?? 0;
    // Empty is only the first table of an empty list: a spoke must not keep the others waiting by sending nothing, or for ever.
    if (rows === 0 && begun) throw new Error('it sent an empty part of its list');
    begun = true;
    receivedEver += rows;
    if (receivedEver > options.maxRows) throw new Error('its list does not end');
    total ??= answer.value.total;
    table = answer.value.table;
    position = 0;
    received += rows;
    load();
    ahead = stream?.next();
    // Awaited by the next fill; until then a failure must not count as unhandled.
    ahead?.catch(() => undefined);
  };

  return {
    spoke: link.spec.id,
    get head() {
      return head;
    },
    get hungry() {
      return head === undefined && stream !== undefined;
    },
    get total() {
      return total ?? 0;
    },
    get warning() {
      return warning;
    },
    advance() {
      last = head;
      position++;
      load();
    },
    async fill() {
      const limit = deadline(clock, options.timeoutMs);
      try {
        while (head === undefined && stream) {
          ahead ??= stream.next();
          take(await abortable(ahead, limit.signal));
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        end(error);
      } finally {
        limit.cancel();
      }
    },
    close() {
      controller.abort();
      // The library ends a stream that was left early only when it is read once more.
      const left = stream;
      void (ahead ?? Promise.resolve()).then(() => left?.next()).catch(() => undefined);
    },
  };
}

function open(
  options: SpokeRowsOptions,
  after: EnvoyCursorKey | undefined,
  limit: number,
  signal: AbortSignal,
): Stream {
  const stream = options.link.client.listEnvoys(
    {
      filter: options.filter,
      sort: sortCode(options.sort),
      descending: options.sort.descending,
      after: after && { hostname: after.hostname, id: after.id, enrolledAtMs: after.enrolledAt },
      limit,
    },
    { signal, timeoutMs: STREAM_TIMEOUT_MS },
  );
  return stream[Symbol.asyncIterator]();
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function warningOf(link: PartitionLink, error: unknown, timeoutMs: number): ListWarning {
  const spoke = link.spec.id;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { spoke, code: 'deadline_exceeded', message: `no answer within ${timeoutMs} ms` };
  }
  const failure = failureOf(link, error);
  return { spoke, code: failure.kind, message: failure.message };
}
