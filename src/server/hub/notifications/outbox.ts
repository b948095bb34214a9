/**
 * What has happened, on its way to those who are to be told: written down when it happens, delivered at least once.
 *
 *   pending ──taken──▶ gone
 *      │ ▲ └─not taken, tries left──▶ pending, later
 *      │ └──────────an operator────── dead
 *      └────not taken, for about a day──▶ ┘
 *
 * An endpoint has lanes, one for each spoke and kind of event: in a lane one thing is told after the other, so that nothing
 * about a spoke overtakes what happened to it before; a lane that waits does not hold up the others.
 */
import { randomUUID } from 'node:crypto';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import { LONGEST_DELAY_MS, retryDelay } from '../../../fleet/retry-schedule.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { NotificationQuery, NotificationRow, OutboxRepository, SpokeMark } from '../../store/outbox-repository.ts';
import { eventBody, type FleetEvent, laneOf, type NotificationEndpoint } from './fleet-event.ts';

export interface Outbox {
  /** Nobody is to be told anything. */
  readonly idle: boolean;
  /** Resolves when it is on disk for everybody who wants it, together with `mark`. Throws if it cannot be written. */
  add(event: FleetEvent, mark?: SpokeMark): Promise<void>;
  /** Newest first. */
  list(query: NotificationQuery): Promise<NotificationRow[]>;
  /** Tries it again now. Throws NOTIFICATION_NOT_FOUND. */
  retry(id: string): Promise<NotificationRow>;
  /** Since this process began. */
  readonly tally: Readonly<OutboxTally>;
  /** Removes what is for endpoints that are not there any more, and delivers the rest. */
  start(): Promise<void>;
  /** What is on its way is given up, and tried again by the next process. */
  close(): Promise<void>;
}

export interface OutboxTally {
  delivered: number;
  /** Tries in vain. */
  failed: number;
  /** Removed because there were too many. */
  dropped: number;
}

export interface OutboxOptions {
  readonly endpoints: readonly NotificationEndpoint[];
  readonly repository: OutboxRepository;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** To one endpoint at a time: it is told what it asked for, not attacked. */
const MAX_AT_A_TIME = 4;
/** Long enough for a full disk to be noticed in the log. */
const DISK_PAUSE_MS = 5_000;
const DEAD_KEPT_MS = 30 * 24 * 3_600_000;
/** Some megabytes, and more events than anybody reads. */
const MOST = 10_000;
const MAX_ERROR = 300;

export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { repository, clock, logger } = options;
  const endpoints = new Map(options.endpoints.map((endpoint) => [endpoint.url, endpoint]));
  const tally: OutboxTally = { delivered: 0, failed: 0, dropped: 0 };
  const stop = new AbortController();
  /** Lanes in which something is on its way → the endpoint. */
  const busy = new Map<string, { readonly endpoint: string; readonly done: Promise<void> }>();
  let timer: Timer | undefined;
  let started = false;
  let scanning: Promise<void> | undefined;
  let again = false;

  const deliver = async (row: NotificationRow): Promise<void> => {
    const { id, type, endpoint, body } = row;
    const error = await endpoints
      .get(endpoint)
      ?.send({ id, body }, stop.signal)
      .then(() => undefined, messageOf);
    if (stop.signal.aborted && error !== undefined) return;
    if (error === undefined) {
      tally.delivered++;
      await repository.delivered(id);
      return;
    }
    tally.failed++;
    const tries = row.tries + 1;
    const delay = retryDelay(tries, clock.random());
    const state = delay === undefined ? 'dead' : 'pending';
    const next_at = clock.now() + Math.ceil(delay ?? 0);
    logger[state === 'dead' ? 'error' : 'warn'](
      { id, type, endpoint, tries, state, error },
      'notification not delivered',
    );
    await repository.failed(id, { state, tries, next_at, last_error: error.slice(0, MAX_ERROR) });
  };

  const launch = (lane: string, row: NotificationRow): void => {
    const done = deliver(row)
      .catch(async (error: unknown) => {
        logger.error({ id: row.id, error: messageOf(error) }, 'outbox not written, goes on in a moment');
        // Its lane stays as it is meanwhile.
        await pause(DISK_PAUSE_MS);
      })
      .finally(() => {
        busy.delete(lane);
        wake();
      });
    busy.set(lane, { endpoint: row.endpoint, done });
  };
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const waiting = clock.after(ms, resolve);
      stop.signal.addEventListener('abort', () => {
        waiting.cancel();
        resolve();
      });
    });

  /** Begins what is due, and comes back when the next one is. */
  const scan = async (): Promise<void> => {
    const heads = await repository.heads();
    if (stop.signal.aborted) return;
    const now = clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const row of heads) {
      const lane = `${row.endpoint} ${row.lane}`;
      if (busy.has(lane)) continue;
      // A clock that was set back does not make anybody wait for years.
      const wait = row.next_at - now > 2 * LONGEST_DELAY_MS ? 0 : row.next_at - now;
      const crowd = [...busy.values()].filter(({ endpoint }) => endpoint === row.endpoint).length;
      if (wait > 0) next = Math.min(next, wait);
      else if (crowd < MAX_AT_A_TIME) launch(lane, row);
    }
    timer?.cancel();
    timer = Number.isFinite(next) ? clock.after(next, wake) : undefined;
  };
  const wake = (): void => {
    if (!started || stop.signal.aborted) return;
    again = true;
    scanning ??= (async () => {
      while (again && !stop.signal.aborted) {
        again = false;
        await scan();
      }
    })()
      .catch((error: unknown) => {
        logger.error({ error: messageOf(error) }, 'outbox not read, goes on in a moment');
        timer?.cancel();
        timer = clock.after(DISK_PAUSE_MS, wake);
      })
      .finally(() => {
        scanning = undefined;
        if (again) wake();
      });
  };

  return {
    idle: endpoints.size === 0,
    async add(event, mark) {
      const now = clock.now();
      const { type, spoke: spoke_id = '' } = event;
      const common = { type, spoke_id, lane: laneOf(event), body: eventBody(event, now) };
      const rows = options.endpoints
        .filter(({ events }) => events.includes(type))
        .map(({ url }) => ({ ...common, id: `msg_${randomUUID()}`, endpoint: url }));
      if (rows.length === 0 && !mark) return;
      const gone = await repository.add(rows, now, { deadSince: now - DEAD_KEPT_MS, most: MOST }, mark);
      if (gone > 0) logger.error({ count: gone }, 'notifications removed: too many could not be delivered');
      tally.dropped += gone;
      wake();
    },
    list: (query) => repository.list(query),
    async retry(id) {
      const row = await repository.retry(id, clock.now());
      if (!row)
        throw new VigoError(
          'NOTIFICATION_NOT_FOUND',
          `no notification ${JSON.stringify(id)}: see \`vigocli notifications list\`; what was delivered is not kept`,
        );
      wake();
      return row;
    },
    tally,
    async start() {
      const forNobody = await repository.keepOnly([...endpoints.keys()]);
      if (forNobody > 0)
        logger.warn({ count: forNobody }, 'notifications removed: their endpoints are not configured any more');
      started = true;
      wake();
    },
    async close() {
      stop.abort(new VigoError('STOPPING', 'the server is stopping'));
      timer?.cancel();
      await scanning;
      await Promise.all([...busy.values()].map(({ done }) => done));
    },
  };
}
