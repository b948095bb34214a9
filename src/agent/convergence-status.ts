/**
 * What `agent status` says about convergence: the bundle, the last run, runs on their way. Read while an agent may be writing:
 * what disappears in between is no damage, what cannot be read is told in words.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { messageOf } from '../fleet/errors.ts';
import { decodeBundleFile } from './policy/bundle-file.ts';
import { type LastRun, readLastRun } from './runs/last-run.ts';
import { decodeRunFile, parseRunFileName } from './runs/run-file.ts';
import type { StateDir } from './state-dir.ts';

export interface ConvergenceStatus {
  /** What the agent converges to; null before the first. */
  readonly bundle: {
    readonly configVersion: string;
    readonly resources: number;
    /** Why there is no policy for this envoy; null if there is one. */
    readonly error: string | null;
  } | null;
  /** Null before the first. */
  readonly lastRun: LastRun | null;
  /** Runs that no server has yet. `oldestAt`: when the oldest began, ISO 8601 UTC. */
  readonly waitingRuns: { readonly count: number; readonly oldestAt: string | null };
  /** Runs that a server has refused or that could not be read: set aside under `runs/rejected`. */
  readonly refusedRuns: number;
  /** Files that cannot be read, and why. */
  readonly damaged: readonly string[];
}

/** Of runs that cannot be read, so many are told. */
const MAX_TRIED = 3;

/** Never throws for what is missing or damaged. */
export async function readConvergenceStatus(dir: StateDir): Promise<ConvergenceStatus> {
  const damaged: string[] = [];
  const attempt = async <T>(path: string, otherwise: T, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!isMissing(error)) damaged.push(`${path}: ${messageOf(error)}`);
      return otherwise;
    }
  };
  const waiting = await attempt(dir.runs, [], async () => (await readdir(dir.runs)).filter(parseRunFileName).sort());
  const refused = await attempt(dir.rejectedRuns, [], async () =>
    (await readdir(dir.rejectedRuns)).filter(parseRunFileName),
  );
  return {
    bundle: await attempt(dir.bundle, null, async () => {
      const { configVersion, bundle } = decodeBundleFile(await readFile(dir.bundle, 'utf8'));
      return { configVersion, resources: bundle.resources.length, error: bundle.error === '' ? null : bundle.error };
    }),
    lastRun: await attempt(dir.lastRun, null, async () => readLastRun(dir)),
    waitingRuns: {
      count: waiting.length,
      oldestAt: waiting.length === 0 ? null : await oldest(dir, waiting, attempt),
    },
    refusedRuns: refused.length,
    damaged,
  };
}

type Attempt = <T>(path: string, otherwise: T, read: () => Promise<T>) => Promise<T>;

/** Of the first that is still there and can be read. */
async function oldest(dir: StateDir, names: readonly string[], attempt: Attempt): Promise<string | null> {
  for (const name of names.slice(0, MAX_TRIED)) {
    const path = join(dir.runs, name);
    const startedAt = await attempt(path, undefined, async () => {
      return decodeRunFile(name, await readFile(path, 'utf8')).startedAt;
    });
    if (startedAt) return new Date(timestampMs(startedAt)).toISOString();
  }
  return null;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
