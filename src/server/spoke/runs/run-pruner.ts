/**
 * Forgets old runs: by age and by count per envoy, but never the newest of an envoy.
 *
 * It walks through all envoys with runs, those that have moved away among them, a few at a time with pauses in between, so
 * that commits and check-ins never wait long.
 */
import { messageOf } from '../../../fleet/errors.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { RunRepository } from '../../store/run-repository.ts';

/** From the end of a round to the next: what comes in meanwhile is more than allowed by a few runs an envoy. */
const ROUND_EVERY_MS = 10 * 60_000;
/** Between two parts of a round: 100,000 envoys take some four minutes. */
const PAUSE_MS = 100;
/** Envoys of a part: with 100 runs each, a few milliseconds of reading. */
const ENVOYS_PER_PART = 50;
/** Runs that one transaction deletes. */
const RUNS_PER_PART = 500;

export interface RunRetention {
  /** Runs that began longer ago than this go, milliseconds. */
  readonly maxAgeMs: number;
  /** So many stay of each envoy at most. */
  readonly maxPerEnvoy: number;
}

export interface RunPruner {
  /** Begins with the first round a while later: a server that starts has other things to do. */
  start(): void;
  /** Stops, and waits for the part that runs. */
  close(): Promise<void>;
}

export function createRunPruner(options: {
  repository: Pick<RunRepository, 'prune'>;
  retention: RunRetention;
  clock: Clock;
  logger: Logger;
}): RunPruner {
  const { repository, retention, clock, logger } = options;
  let after = '';
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  /** One part; returns the pause behind it. */
  const prunePart = async (): Promise<number> => {
    const rules = { before: clock.now() - retention.maxAgeMs, perEnvoy: retention.maxPerEnvoy };
    const { deleted, last } = await repository.prune(rules, { after, envoys: ENVOYS_PER_PART, limit: RUNS_PER_PART });
    // These envoys have more to delete.
    if (deleted >= RUNS_PER_PART) return PAUSE_MS;
    after = last ?? '';
    return last === undefined ? ROUND_EVERY_MS : PAUSE_MS;
  };
  const schedule = (ms: number): void => {
    if (closed) return;
    timer = clock.after(ms, () => {
      running = prunePart()
        .catch((error) => {
          logger.error({ error: messageOf(error) }, 'old runs not deleted, will be tried again');
          return ROUND_EVERY_MS;
        })
        .then(schedule);
    });
  };

  return {
    start: () => schedule(ROUND_EVERY_MS),
    close() {
      closed = true;
      timer?.cancel();
      return running;
    },
  };
}
