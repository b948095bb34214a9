/** `status.json`: what a running agent lets `agent status` know. May lag by a minute, may be lost; never half-written. */
import writeFileAtomic from 'write-file-atomic';
import { messageOf } from '../fleet/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { PRIVATE_FILE } from '../platform/durable-files.ts';
import type { Logger } from '../platform/logger.ts';
import { readSmallFileIfPresent } from '../platform/small-file.ts';
import type { StateDir } from './state-dir.ts';

export interface StatusRecord {
  /** ISO 8601 UTC; null before the first. */
  readonly lastCheckinAt: string | null;
  /** Why the last call failed; null if it did not. */
  readonly lastError: { readonly code: string; readonly message: string } | null;
  readonly spoke: string;
  readonly address: string;
  readonly epoch: number;
}

export interface StatusFileOptions {
  readonly dir: StateDir;
  readonly clock: Clock;
  readonly logger: Logger;
}

// Written on every change of what matters, and else once a minute, so that fast check-ins do not wear the disk out.
const REFRESH_MS = 60_000;

export interface StatusFile {
  /** Writes it if it says something new or the last one is old. Never rejects. */
  update(record: StatusRecord): Promise<void>;
  /** Writes what was last given, if that is not written yet. */
  flush(): Promise<void>;
}

export function createStatusFile({ dir, clock, logger }: StatusFileOptions): StatusFile {
  let latest: StatusRecord | undefined;
  let written: { record: StatusRecord; at: number } | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = (): Promise<void> => {
    const record = latest;
    if (!record || record === written?.record) return writing;
    written = { record, at: clock.monotonic() };
    const content = `${JSON.stringify(record, undefined, 2)}\n`;
    writing = writing
      .then(() => writeFileAtomic(dir.status, content, { mode: PRIVATE_FILE, fsync: false }))
      .catch((error) => logger.warn({ error: messageOf(error) }, 'status not written'));
    return writing;
  };

  return {
    async update(record) {
      latest = record;
      const old = !written || clock.monotonic() - written.at >= REFRESH_MS;
      if (old || essence(record) !== essence(written?.record)) await write();
    },
    flush: write,
  };
}

/** Undefined if there is none, or none that can be read: then an agent has to write it anew. */
export function readStatusFile(dir: StateDir): StatusRecord | undefined {
  try {
    const text = readSmallFileIfPresent(dir.status);
    return text === undefined ? undefined : (JSON.parse(text) as StatusRecord);
  } catch {
    return undefined;
  }
}

/** All but the time; in errors the code only, since messages may carry times of their own. */
function essence(record: StatusRecord | undefined): string {
  if (!record) return '';
  const { lastCheckinAt, lastError, ...rest } = record;
  return JSON.stringify([rest, lastError?.code, lastCheckinAt === null]);
}
