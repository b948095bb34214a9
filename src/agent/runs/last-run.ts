/** `last-run.json`: what the last run has done, for `agent status`. May be lost; never half-written. */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import writeFileAtomic from 'write-file-atomic';
import { type RunOutcome, runOutcome } from '../../fleet/convergence.ts';
import { messageOf } from '../../fleet/errors.ts';
import type { Run } from '../../gen/vigo/v1/types_pb.js';
import { PRIVATE_FILE } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';
import type { StateDir } from '../state-dir.ts';

export interface LastRun {
  readonly id: string;
  /** ISO 8601 UTC, by the machine's clock. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly configVersion: string;
  /** ok: nothing changed, nothing failed; degraded: some failed; failed: all failed, or it could not run. */
  readonly outcome: RunOutcome;
  /** Numbers of resources. */
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why it could not run at all. */
  readonly error: string | null;
}

/** Never rejects: a run counts whether this is written or not. */
export async function writeLastRun(dir: StateDir, run: Run, logger: Logger): Promise<void> {
  const { id, durationMs, configVersion, ok, changed, failed, skipped, error, startedAt } = run;
  const last: LastRun = {
    id,
    startedAt: new Date(startedAt ? timestampMs(startedAt) : 0).toISOString(),
    durationMs,
    configVersion,
    outcome: runOutcome(run),
    ok,
    changed,
    failed,
    skipped,
    error: error === '' ? null : error,
  };
  try {
    await writeFileAtomic(dir.lastRun, `${JSON.stringify(last, undefined, 2)}\n`, { mode: PRIVATE_FILE, fsync: false });
  } catch (failure) {
    logger.warn({ error: messageOf(failure) }, 'last run not written');
  }
}

/** Null if there was none yet. Throws if the file cannot be read or understood. */
export function readLastRun(dir: StateDir): LastRun | null {
  const text = readSmallFileIfPresent(dir.lastRun);
  if (text === undefined) return null;
  const last = JSON.parse(text) as LastRun;
  const numbers = [last.durationMs, last.ok, last.changed, last.failed, last.skipped];
  const texts = [last.id, last.startedAt, last.configVersion, last.outcome];
  const whole = numbers.every(Number.isSafeInteger) && texts.every((one) => typeof one === 'string');
  if (!whole || Number.isNaN(Date.parse(last.startedAt))) throw new Error('it lacks what a run has');
  return last;
}
