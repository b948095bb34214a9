/**
 * Writes what check-ins have changed to disk, in batches.
 *
 * A crash loses at most one period of last-seen times, which the next check-ins bring back; traits that were lost are asked
 * for again, because the digest on disk is still the old one.
 */
import { messageOf } from '../../fleet/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { createMutex } from '../../platform/mutex.ts';
import type { EnvoyTouch, FleetRepository } from '../store/fleet-repository.ts';
import type { EnvoyEntry } from './envoy-index.ts';

/** Time between two flushes. Longer saves nothing: an envoy checks in once a minute or less. */
const FLUSH_EVERY_MS = 5_000;
/** Rows a transaction: a few milliseconds, so that check-ins in between do not wait. */
const ROWS_PER_FLUSH = 1_000;

export interface CheckinFlusher {
  /** `entry` has changed in memory. */
  touch(entry: EnvoyEntry, traits?: { json: Uint8Array; digest: Uint8Array }): void;
  /** Writes all that has changed so far. Throws what the database says; nothing is forgotten then. */
  flush(): Promise<void>;
  /** Stops the timer and flushes. */
  close(): Promise<void>;
}

export function createCheckinFlusher(options: {
  repository: FleetRepository;
  /** False for an entry that was let go, or adopted anew: what it says must not overwrite what came with the adoption. */
  isCurrent: (entry: EnvoyEntry) => boolean;
  clock: Clock;
  logger: Logger;
}): CheckinFlusher {
  const { repository, clock, logger } = options;
  const mutex = createMutex();
  const touched = new Map<EnvoyEntry, EnvoyTouch['traits']>();
  let timer: Timer | undefined;
  let closed = false;

  const writeAll = async (): Promise<void> => {
    while (touched.size > 0) {
      const next = [...touched].slice(0, ROWS_PER_FLUSH);
      for (const [entry] of next) touched.delete(entry);
      const batch = next.filter(([entry]) => options.isCurrent(entry));
      try {
        await repository.touch(batch.map(([entry, traits]) => touchOf(entry, traits)));
      } catch (error) {
        // A later check-in may have put newer traits there meanwhile: those win.
        for (const [entry, traits] of batch) if (!touched.get(entry)) touched.set(entry, traits);
        throw error;
      }
    }
  };
  const schedule = (): void => {
    if (timer || closed) return;
    timer = clock.after(FLUSH_EVERY_MS, () => {
      timer = undefined;
      mutex.run(writeAll).catch((error) => {
        logger.error({ error: messageOf(error), envoys: touched.size }, 'check-ins not written, will be tried again');
        schedule();
      });
    });
  };

  return {
    touch(entry, traits) {
      touched.set(entry, traits ?? touched.get(entry));
      schedule();
    },
    flush: () => mutex.run(writeAll),
    close() {
      closed = true;
      timer?.cancel();
      return mutex.run(writeAll);
    },
  };
}

function touchOf(entry: EnvoyEntry, traits: EnvoyTouch['traits']): EnvoyTouch {
  const touch = { id: entry.id, last_seen_at: entry.lastSeenAt || null, config_version: entry.configVersion };
  return traits ? { ...touch, traits } : touch;
}
