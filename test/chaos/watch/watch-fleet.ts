/** Looks at the fleet all the time, in every way, until it is told to stop. */
import { messageOf } from '../../../src/fleet/errors.ts';
import { sleep, systemClock } from '../../../src/platform/clock.ts';
import { createDiskWatch } from './disk-watch.ts';
import { createListWatch } from './list-watch.ts';
import { createProcessWatch } from './process-watch.ts';
import { createRunWatch, type RunWatch } from './run-watch.ts';
import type { Watched } from './watched.ts';

export interface FleetWatch {
  readonly runs: RunWatch;
  /** One look more at everything. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

const LIST_EVERY_MS = 200;
const DISKS_EVERY_MS = 1_000;
/** Another process holds the lock of a database, which it does for a moment when it starts. */
const BUSY = /database is locked|SQLITE_BUSY|database is busy/i;

export function watchFleet(watched: Watched): FleetWatch {
  const { violations, tally } = watched;
  const disks = createDiskWatch(watched);
  const runs = createRunWatch(watched);
  const processes = createProcessWatch(watched);
  const lists = createListWatch(watched);
  const stopping = new AbortController();

  const lookInside = (): void => {
    try {
      disks.look();
      runs.look();
      processes.look();
    } catch (error) {
      if (BUSY.test(messageOf(error))) tally.checked('looks put off because a database was locked');
      else violations.add('a look at the disks failed', error instanceof Error ? (error.stack ?? '') : String(error));
    }
  };
  const loop = async (everyMs: number, look: () => void | Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look();
      await sleep(systemClock, everyMs, stopping.signal);
    }
  };
  const loops = [loop(LIST_EVERY_MS, lists.look), loop(DISKS_EVERY_MS, lookInside)];
  return {
    runs,
    async look() {
      lookInside();
      await lists.look();
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
