/** One spoke's share of a page, without names: a single small question and answer. */
import { Code, ConnectError } from '@connectrpc/connect';
import type { EnvoySortSpec } from '../../../fleet/envoy-order.ts';
import type { GetEnvoyStatesResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import { type Clock, deadline } from '../../../platform/clock.ts';
import { sortCode } from '../../../rpc/envoy-sort.ts';
import type { PartitionLink } from '../partition-links.ts';
import type { EnvoyCursorKey, ListWarning } from './envoy-query.ts';
import { abortable, type SpokeTables, warningOf } from './spoke-tables.ts';

/** What a list in the lean form reads: tables of a stream, or the one table of a page. */
export type LeanTables = Pick<SpokeTables, 'spoke' | 'table' | 'rows' | 'lean' | 'warning' | 'next' | 'close'>;

export interface StatesQuestion {
  readonly link: PartitionLink;
  readonly sort: EnvoySortSpec;
  readonly after: EnvoyCursorKey | undefined;
  readonly limit: number;
  readonly knownEnvoys: Uint8Array;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks at once. The first `next` waits for the answer; after the second there is no table any more. */
export function askStates(options: StatesQuestion): LeanTables {
  const { link, sort, after, limit, knownEnvoys, timeoutMs, clock, signal } = options;
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const asked: Promise<GetEnvoyStatesResponse> = link.client.getEnvoyStates(
    {
      knownEnvoys,
      sort: sortCode(sort),
      descending: sort.descending,
      after: after && { hostname: after.hostname, id: after.id, enrolledAtMs: after.enrolledAt },
      limit,
    },
    { signal: controller.signal },
  );
  let ended = false;
  // Awaited by `next`; a failure before it must not count as unhandled.
  asked
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  let pending: Promise<GetEnvoyStatesResponse> | undefined = asked;
  let answer: GetEnvoyStatesResponse | undefined;
  let warning: ListWarning | undefined;

  const accept = (response: GetEnvoyStatesResponse): void => {
    if (response.agreed && !response.table) throw new Error('it sent no rows');
    if ((response.table?.statuses.length ?? 0) > limit) throw new Error('it sent more rows than were asked for');
    answer = response;
  };
  return {
    spoke: link.spec.id,
    get table() {
      return answer?.table;
    },
    get rows() {
      return answer?.table?.statuses.length ?? 0;
    },
    get lean() {
      return answer?.agreed ?? false;
    },
    get warning() {
      return warning;
    },
    async next() {
      answer = undefined;
      const waiting = pending;
      pending = undefined;
      if (!waiting) return;
      const wait = deadline(clock, timeoutMs);
      try {
        accept(await abortable(waiting, wait.signal));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        // An older program: it does not agree.
        if (error instanceof ConnectError && error.code === Code.Unimplemented) return;
        warning = warningOf(link, error, timeoutMs);
      } finally {
        wait.cancel();
      }
    },
    close() {
      signal.removeEventListener('abort', onAbort);
      // A call that has ended must not pay for an abort: ten of them cost more than the page.
      if (!ended) controller.abort();
    },
  };
}
