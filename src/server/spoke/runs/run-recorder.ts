/**
 * Takes runs in, durably, many at a time (group commit).
 *
 *   record ──▶ waiting ──(the transaction before has ended)──▶ one transaction: runs and verdicts ──▶ memory ──▶ answered
 *
 * A run is answered only when it is on disk. What comes in while a transaction runs is committed together by the next one,
 * so that the more there is to do, the less each costs. If a commit fails, all of its callers are told, nothing is
 * acknowledged, and the verdicts in memory stay as they are on disk.
 *
 * A run is counted once, by its id: one that is stored already, or that is the last of which the verdict that came with the
 * envoy knows, is acknowledged and changes nothing. Verdicts follow the order of arrival, in which agents deliver.
 *
 * Commits and changes of custody exclude each other. Whether the envoy is served here is therefore decided again by the
 * commit itself: who was released while its run waited is refused, and delivers to its new owner, where it counts. An envoy
 * whose record is on its way to a new owner is refused, too, until it is clear who serves it (`envoy-records.ts`).
 */
import { nextVerdict, type RunOutcome, runOutcome, type VerdictState } from '../../../fleet/convergence.ts';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Run } from '../../../gen/vigo/v1/types_pb.js';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { Mutex } from '../../../platform/mutex.ts';
import type { EnvoyVerdict, RunRepository, RunRow } from '../../store/run-repository.ts';
import type { EnvoyPeer } from '../check-in.ts';
import type { EnvoyEntry, EnvoyIndex } from '../envoy-index.ts';
import { servedEnvoy } from '../served-envoy.ts';
import { acceptRun } from './accept-run.ts';

/** Runs a transaction: some ten milliseconds, in which check-ins wait. */
const MAX_BATCH = 500;
/** Runs that may wait for the disk: more than it takes in a second would only be answered too late. */
const MAX_WAITING = 5_000;
/** Bytes of results that may wait: a run has a few KiB, and up to 1 MiB if someone means harm. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Runs of one envoy that may wait: agents deliver one after the other, and nobody may fill the queue alone. */
const MAX_WAITING_PER_ENVOY = 50;

export interface RunRecorder {
  /**
   * Resolves when the run is on disk. Throws IDENTITY_REVOKED, IDENTITY_UNKNOWN or NOT_SERVED_HERE; INVALID_ARGUMENT for a
   * run that is none, so that sending it again is no use; OVERLOADED; INTERNAL if the disk has not taken it.
   */
  record(peer: EnvoyPeer, run: Run | undefined): Promise<void>;
  /** Resolves when all that came in before has been answered. */
  flush(): Promise<void>;
  /** Takes nothing more in and flushes. */
  close(): Promise<void>;
}

export interface RunRecorderOptions {
  readonly index: EnvoyIndex;
  readonly repository: Pick<RunRepository, 'commit'>;
  /** Shared with custody. */
  readonly mutex: Mutex;
  /** Called for each run that is new, once it is on disk. */
  readonly onNew?: (outcome: RunOutcome) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Waiting {
  readonly peer: EnvoyPeer;
  readonly row: RunRow;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A run of an envoy that is served here. */
interface Admitted {
  readonly entry: EnvoyEntry;
  readonly row: RunRow;
}

export function createRunRecorder(options: RunRecorderOptions): RunRecorder {
  const { index, mutex, clock, logger } = options;
  const clocksOff = new WeakSet<EnvoyEntry>();
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  const waitingOf = new Map<string, number>();
  let draining = false;
  /** Settles with the run that came in last, and behind all those before it. */
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const count = (envoyId: string, change: number): void => {
    const left = (waitingOf.get(envoyId) ?? 0) + change;
    if (left > 0) waitingOf.set(envoyId, left);
    else waitingOf.delete(envoyId);
  };
  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    const admitted: Admitted[] = [];
    const answers: (() => void)[] = [];
    for (const { peer, row, resolve, reject } of batch) {
      try {
        const entry = servedEnvoy(index, peer);
        if (entry.lastRunId !== row.id) admitted.push({ entry, row });
        answers.push(resolve);
      } catch (error) {
        answers.push(() => reject(error));
      }
    }
    if (admitted.length > 0) await store(options, admitted);
    // In the order of arrival, so that whoever waits for the last has waited for all.
    for (const answer of answers) answer();
  };
  const drain = async (): Promise<void> => {
    draining = true;
    while (waiting.length > 0) {
      await gathered();
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      for (const { row } of batch) {
        waitingBytes -= row.results.length;
        count(row.envoy_id, -1);
      }
      try {
        await mutex.run(() => commit(batch));
      } catch (error) {
        logger.error({ error: messageOf(error), runs: batch.length }, 'runs not written, their agents will try again');
        const failure = new VigoError('INTERNAL', 'the run could not be written to disk: send it again later', {
          cause: error,
        });
        for (const { reject } of batch) reject(failure);
      }
    }
    draining = false;
  };
  const enqueue = (peer: EnvoyPeer, row: RunRow): Promise<void> => {
    if (waiting.length >= MAX_WAITING || waitingBytes > MAX_WAITING_BYTES) {
      throw new VigoError('OVERLOADED', `${waiting.length} runs wait to be written: send this one again later`);
    }
    if ((waitingOf.get(row.envoy_id) ?? 0) >= MAX_WAITING_PER_ENVOY) {
      throw new VigoError(
        'OVERLOADED',
        `${MAX_WAITING_PER_ENVOY} runs of this envoy wait to be written: send one after the other`,
      );
    }
    waitingBytes += row.results.length;
    count(row.envoy_id, 1);
    const answered = new Promise<void>((resolve, reject) => {
      waiting.push({ peer, row, resolve, reject });
    });
    last = answered.catch(() => undefined);
    if (!draining) void drain();
    return answered;
  };
  const flush = async (): Promise<void> => {
    await last;
  };

  return {
    async record(peer, run) {
      const entry = servedEnvoy(index, peer);
      const { row, clockOff } = acceptRun(entry, run, clock.now());
      if (entry.lastRunId === row.id) return;
      if (entry.runsHeldUntil > clock.monotonic()) {
        throw new VigoError('OVERLOADED', `${entry.hostname} is about to move: send the run again later`);
      }
      if (closed) throw new VigoError('STOPPING', 'the server is stopping: send the run again later');
      if (clockOff && !clocksOff.has(entry)) {
        clocksOff.add(entry);
        logger.warn({ envoy: entry.hostname }, 'its clock is far off: its runs are dated by their arrival');
      }
      await enqueue(peer, row);
    },
    flush,
    close() {
      closed = true;
      return flush();
    },
  };
}

/** What has arrived on the wire already, comes along: its requests are read before this resolves. */
const gathered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** On disk first, then in memory. */
async function store(
  { repository, onNew }: Pick<RunRecorderOptions, 'repository' | 'onNew'>,
  admitted: readonly Admitted[],
): Promise<void> {
  let verdicts = new Map<EnvoyEntry, VerdictState & { readonly lastRunId: string }>();
  let fresh: readonly Admitted[] = [];
  await repository.commit(
    admitted.map(({ row }) => row),
    (stored) => {
      fresh = onceEach(admitted, stored);
      verdicts = verdictsAfter(fresh);
      return [...verdicts].map(
        ([entry, { verdict, drift, changedStreak, lastRunId }]): EnvoyVerdict => ({
          id: entry.id,
          status: verdict,
          drift,
          changed_streak: changedStreak,
          last_run_id: lastRunId,
        }),
      );
    },
  );
  for (const [entry, verdict] of verdicts) Object.assign(entry, verdict, { countedHere: true });
  for (const { row } of fresh) onNew?.(runOutcome(row));
}

/** The runs that are new, each once. */
function onceEach(admitted: readonly Admitted[], stored: ReadonlySet<string>): Admitted[] {
  const uncounted = new Set(stored);
  return admitted.filter(({ row }) => uncounted.delete(row.id));
}

/** Of the envoys with runs that are new. */
function verdictsAfter(fresh: readonly Admitted[]) {
  const verdicts = new Map<EnvoyEntry, VerdictState & { readonly lastRunId: string }>();
  for (const { entry, row } of fresh) {
    verdicts.set(entry, { ...nextVerdict(verdicts.get(entry) ?? entry, row), lastRunId: row.id });
  }
  return verdicts;
}
