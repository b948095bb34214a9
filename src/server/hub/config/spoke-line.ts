/**
 * One spoke and the version on its way to it. One push at a time: a newer version aborts the push of an older one and goes
 * behind it, so that the newest is what the spoke is given last.
 */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { VigoError } from '../../../fleet/errors.ts';
import type { StatusResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { LiveConfig } from '../../live/live-config.ts';
import { failureOf, type PartitionLink } from '../partition-links.ts';
import { pushConfig } from './config-push.ts';

/** Before a spoke that failed to take a version is given it again by itself; doubles with each failure. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** What came of giving a version to a spoke. */
export interface SpokeSync {
  readonly spoke: string;
  readonly outcome: 'synced' | 'unchanged' | 'skipped';
  /** Why it was skipped; empty if it was not. */
  readonly reason: string;
  readonly durationMs: number;
}

export interface SpokeLine {
  /** What the spoke said last to have; empty if it has none or never said. */
  readonly said: string;
  /** A version is on its way. */
  readonly busy: boolean;
  /** Why the last push failed; empty if it did not. */
  readonly failure: string;
  /** The spoke has said what it has, and since when it runs. */
  heard(status: Pick<StatusResponse, 'configVersion' | 'startedAt'>): void;
  /** Gives it the version now; joins a push of the same. Never rejects. */
  push(version: string): Promise<SpokeSync>;
  /** The same, unless it has failed too often to be tried again so soon. */
  retry(version: string): void;
  /** Whatever has failed before says nothing any more. */
  hope(): void;
  /** Ends the push under way. */
  stop(reason: VigoError): Promise<unknown>;
}

export interface SpokeLineOptions {
  readonly link: PartitionLink;
  readonly live: Pick<LiveConfig, 'archive'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Push {
  readonly version: string;
  readonly abort: AbortController;
  readonly done: Promise<SpokeSync>;
}

/** Why a version goes no further. */
export function superseded(by: string): VigoError {
  return new VigoError('STOPPING', `version ${by.slice(0, 12)} was published meanwhile and goes to it instead`);
}

export function createSpokeLine(options: SpokeLineOptions): SpokeLine {
  const { link, clock } = options;
  let said = '';
  let running: Push | undefined;
  let failure = '';
  let failures = 0;
  let pausedUntil = 0;
  let runsSince = 0;

  const hope = (): void => {
    failures = 0;
    pausedUntil = 0;
  };

  const carryOut = async (version: string, signal: AbortSignal): Promise<SpokeSync> => {
    const begun = clock.monotonic();
    const result = (outcome: SpokeSync['outcome'], reason = '') => {
      const sync = { spoke: link.spec.id, outcome, reason, durationMs: clock.monotonic() - begun };
      // A spoke that refuses for the same reason again and again says nothing new.
      logSync(options.logger, version, sync, signal.aborted || (reason !== '' && reason === failure));
      return sync;
    };
    try {
      signal.throwIfAborted();
      const { unchanged } = await pushConfig({ ...options, version, signal });
      said = version;
      const sync = result(unchanged ? 'unchanged' : 'synced');
      failure = '';
      hope();
      return sync;
    } catch (error) {
      if (signal.aborted) return result('skipped', (signal.reason as Error).message);
      const reason = failureOf(link, error).message;
      const sync = result('skipped', reason);
      failure = reason;
      return sync;
    }
  };

  const push = (version: string): Promise<SpokeSync> => {
    const before = running;
    if (before?.version === version) return before.done;
    before?.abort.abort(superseded(version));
    const abort = new AbortController();
    const done = Promise.resolve(before?.done)
      .then(() => carryOut(version, abort.signal))
      .finally(() => {
        if (running === own) running = undefined;
      });
    const own: Push = { version, abort, done };
    running = own;
    return done;
  };

  return {
    get said() {
      return said;
    },
    get busy() {
      return running !== undefined;
    },
    get failure() {
      return failure;
    },
    heard({ configVersion, startedAt }) {
      said = configVersion;
      // A new process may well take what the one before it did not.
      const started = startedAt ? timestampMs(startedAt) : 0;
      if (started !== runsSince) hope();
      runsSince = started;
    },
    push,
    retry(version) {
      if (running || clock.monotonic() < pausedUntil) return;
      void push(version).then(({ outcome }) => {
        if (outcome !== 'skipped') return;
        pausedUntil = clock.monotonic() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
        failures++;
      });
    },
    hope,
    stop: async (reason) => {
      running?.abort.abort(reason);
      await running?.done;
    },
  };
}

function logSync(logger: Logger, version: string, sync: SpokeSync, nothingNew: boolean): void {
  const { spoke, outcome, reason, durationMs } = sync;
  if (outcome === 'skipped') logger[nothingNew ? 'debug' : 'warn']({ spoke, version, reason }, 'config not given');
  else logger.info({ spoke, version, outcome, ms: Math.round(durationMs) }, 'config given');
}
