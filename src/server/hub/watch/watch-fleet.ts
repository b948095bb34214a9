/** A stream of what changes, for who shows the fleet: a few topics at a time, and a sign of life when nothing happens. */
import { VigoError } from '../../../fleet/errors.ts';
import { type Clock, sleep } from '../../../platform/clock.ts';
import { FLEET_TOPICS, type FleetSignals, type FleetTopic, type FleetWatch } from './fleet-signals.ts';

export interface WatchFleetOptions {
  readonly signals: FleetSignals;
  /** Aborts when the server begins to stop. */
  readonly stopping?: AbortSignal | undefined;
  readonly clock: Clock;
}

/** Without anything to say: often enough that a proxy or a browser does not take the stream for dead. */
const HEARTBEAT_MS = 15_000;
/** What changes within this time is said at once: whoever hears of it asks again for all of it. */
const GATHER_MS = 500;
/** Each is an open stream and a question or two whenever something changes. */
const MAX_WATCHERS = 1_000;

/** Ends by throwing: with the caller's `signal`, with STOPPING, or OVERLOADED at once. */
export async function* watchFleet(options: WatchFleetOptions, signal: AbortSignal): AsyncGenerator<FleetTopic[]> {
  const { signals, stopping, clock } = options;
  if (signals.watchers >= MAX_WATCHERS)
    throw new VigoError('OVERLOADED', `${MAX_WATCHERS} are watching the fleet already: try again in a minute`);
  const ended = stopping ? AbortSignal.any([signal, stopping]) : signal;
  const watch = signals.watch();
  try {
    yield [...FLEET_TOPICS];
    for (;;) {
      await nextChange(watch, clock, ended);
      if (watch.pending) await sleep(clock, GATHER_MS, ended);
      signal.throwIfAborted();
      if (stopping?.aborted) throw new VigoError('STOPPING', 'the server is stopping: watch again when it is back');
      yield watch.take();
    }
  } finally {
    watch.close();
  }
}

/** Resolves when something has changed, at the latest after `HEARTBEAT_MS`, or when `ended` aborts. */
async function nextChange(watch: FleetWatch, clock: Clock, ended: AbortSignal): Promise<void> {
  if (watch.pending) return;
  const changed = new AbortController();
  watch.onChange(() => changed.abort());
  await sleep(clock, HEARTBEAT_MS, AbortSignal.any([changed.signal, ended]));
  watch.onChange(undefined);
}
