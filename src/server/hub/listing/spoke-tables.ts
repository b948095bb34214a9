/**
 * What one spoke answers to a list, table by table: fetched one ahead, with a deadline for every answer and bounds on how
 * many rows there may be and how long all waits together may take.
 *
 * A spoke that fails, at once or in the middle, ends its tables and leaves a warning; the list goes on without it.
 */
import type { EnvoySortSpec } from '../../../fleet/envoy-order.ts';
import type { SpokeServiceListEnvoysResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { EnvoyFilter, EnvoyTable } from '../../../gen/vigo/v1/types_pb.js';
import { type Clock, deadline } from '../../../platform/clock.ts';
import { sortCode } from '../../../rpc/envoy-sort.ts';
import { failureOf, type PartitionLink } from '../partition-links.ts';
import type { EnvoyCursorKey, ListWarning } from './envoy-query.ts';

export interface SpokeAnswerOptions {
  readonly link: PartitionLink;
  readonly filter: Pick<EnvoyFilter, 'hostname' | 'statuses'>;
  readonly sort: EnvoySortSpec;
  /** More than so many rows are not an honest answer. */
  readonly maxRows: number;
  /** For every wait, milliseconds; all together may take `PATIENCE` times as long. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Nobody wants the list any more. */
  readonly signal: AbortSignal;
}

export interface SpokeQuestion {
  readonly after: EnvoyCursorKey | undefined;
  /** Rows to ask for; 0 for all. */
  readonly limit: number;
  /** What the directory believes to be there, if that is enough to understand an answer without names. */
  readonly knownEnvoys?: Uint8Array;
}

export interface SpokeTables {
  readonly spoke: string;
  /** The latest table; undefined before the first and when the last question is answered to its end. */
  readonly table: EnvoyTable | undefined;
  readonly rows: number;
  /** The spoke agrees with `knownEnvoys`. */
  readonly lean: boolean;
  /** Matching rows on the spoke, wherever the page begins; known after the first table. */
  readonly total: number;
  readonly warning: ListWarning | undefined;
  /** Begins a question; the one before must have ended. */
  ask(question: SpokeQuestion): void;
  /** Waits for the next table. Throws only when the signal aborts. */
  next(): Promise<void>;
  close(): void;
}

/** Whoever reads the list may be slow; each single answer of the spoke has its own, short deadline. */
const STREAM_TIMEOUT_MS = 10 * 60_000;
/** Deadlines that a spoke may use up in one list: one that drips a row every few seconds must not hold it for ever. */
const PATIENCE = 6;

type Stream = AsyncIterator<SpokeServiceListEnvoysResponse>;

export function createSpokeTables(options: SpokeAnswerOptions): SpokeTables {
  const { link, clock, signal } = options;
  const controller = new AbortController();
  let stream: Stream | undefined;
  let ahead: Promise<IteratorResult<SpokeServiceListEnvoysResponse>> | undefined;
  let table: EnvoyTable | undefined;
  let rows = 0;
  let lean = false;
  let begun = false;
  let received = 0;
  let patienceMs = PATIENCE * options.timeoutMs;
  let total: number | undefined;
  let warning: ListWarning | undefined;

  const accept = (answer: SpokeServiceListEnvoysResponse): void => {
    if (begun && answer.lean !== lean) throw new Error('it changed the form of its list');
    if (!answer.table) throw new Error('it sent an answer without rows');
    lean = answer.lean;
    table = answer.table;
    rows = (lean ? table.statuses : table.ids).length;
    // Empty is only the first table of an empty list: a spoke must not keep the others waiting by sending nothing, or for ever.
    if (rows === 0 && begun) throw new Error('it sent an empty part of its list');
    begun = true;
    received += rows;
    if (received > options.maxRows) throw new Error('its list does not end');
    total ??= answer.total;
  };
  const end = (): void => {
    stream = undefined;
    ahead = undefined;
    table = undefined;
    rows = 0;
  };

  return {
    spoke: link.spec.id,
    get table() {
      return table;
    },
    get rows() {
      return rows;
    },
    get lean() {
      return lean;
    },
    get total() {
      return total ?? 0;
    },
    get warning() {
      return warning;
    },
    ask(question) {
      begun = false;
      stream = open(options, question, AbortSignal.any([controller.signal, signal]));
      ahead = stream.next();
      ahead.catch(() => undefined);
    },
    async next() {
      if (!stream) return end();
      const begunAt = clock.monotonic();
      const limit = deadline(clock, Math.min(options.timeoutMs, patienceMs));
      try {
        const answer = await abortable(ahead ?? stream.next(), limit.signal);
        if (answer.done) return end();
        accept(answer.value);
        ahead = stream.next();
        // Awaited by the next call; until then a failure must not count as unhandled.
        ahead.catch(() => undefined);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const failure = warningOf(link, error, options.timeoutMs);
        // What came before is as good as ever, and shown.
        warning = received === 0 ? failure : { ...failure, message: `${failure.message}, after ${received} rows` };
        controller.abort();
        end();
      } finally {
        limit.cancel();
        patienceMs -= clock.monotonic() - begunAt;
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

function open(options: SpokeAnswerOptions, question: SpokeQuestion, signal: AbortSignal): Stream {
  const { after, limit, knownEnvoys } = question;
  const stream = options.link.client.listEnvoys(
    {
      filter: options.filter,
      sort: sortCode(options.sort),
      descending: options.sort.descending,
      after: after && { hostname: after.hostname, id: after.id, enrolledAtMs: after.enrolledAt },
      limit,
      ...(knownEnvoys && { knownEnvoys }),
    },
    { signal, timeoutMs: STREAM_TIMEOUT_MS },
  );
  return stream[Symbol.asyncIterator]();
}

export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export function warningOf(link: PartitionLink, error: unknown, timeoutMs: number): ListWarning {
  const spoke = link.spec.id;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { spoke, code: 'deadline_exceeded', message: `no answer within ${timeoutMs} ms` };
  }
  const failure = failureOf(link, error);
  return { spoke, code: failure.kind, message: failure.message };
}
