/**
 * One agent per state directory: `agent.lock` names the process that holds it.
 *
 * A process is named by its id and, where /proc tells, the tick at which it started: ids are reused, in containers at
 * every start. The lock appears whole (written aside, then linked), so a reader never sees half of it; a lock whose process
 * is gone is moved aside before it is judged, so that of two who find it only one takes it over.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { createFileOnce, PRIVATE_FILE } from '../platform/durable-files.ts';
import { readSmallFile, readSmallFileIfPresent } from '../platform/small-file.ts';
import type { StateDir } from './state-dir.ts';

export interface StateLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** Clock ticks since boot; null where /proc does not tell. */
  readonly started: string | null;
  /** Makes every lock file different. */
  readonly nonce: string;
}

// Each try but the first follows another process that came or went in between.
const MAX_TRIES = 5;

/** Throws `AGENT_RUNNING` naming the process that holds it. The directory must exist. */
export async function lockStateDir(dir: StateDir): Promise<StateLock> {
  const own: Holder = { pid: process.pid, started: processOf(process.pid)?.started ?? null, nonce: randomUUID() };
  const content = JSON.stringify(own);
  try {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (await createFileOnce(dir.lock, content, PRIVATE_FILE)) return { release: () => release(dir.lock, content) };
      removeStale(dir);
    }
  } catch (error) {
    if (error instanceof VigoError) throw error;
    throw new VigoError('DATA_DIR_UNUSABLE', `state directory ${dir.path} cannot be locked: ${messageOf(error)}`, {
      cause: error,
    });
  }
  throw running(dir, 'other agents that come and go');
}

/** The process that holds the lock, or undefined if none that lives does. */
export function lockHolder(dir: StateDir): number | undefined {
  const holder = parseHolder(readSmallFileIfPresent(dir.lock));
  return holder && lives(holder) ? holder.pid : undefined;
}

/** Without a pause, so that the time in which others could act is as short as it can be. */
function removeStale(dir: StateDir): void {
  const found = readSmallFileIfPresent(dir.lock);
  if (found === undefined) return;
  const holder = parseHolder(found);
  if (holder && lives(holder)) throw running(dir, `process ${holder.pid}`);
  const moved = `${dir.lock}.${randomUUID()}.tmp`;
  try {
    renameSync(dir.lock, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    // Someone may have taken the lock over since it was read: then this is theirs, and goes back.
    if (readSmallFile(moved) !== found) linkSync(moved, dir.lock);
  } finally {
    rmSync(moved, { force: true });
  }
}

async function release(path: string, content: string): Promise<void> {
  if (readSmallFileIfPresent(path) === content) await rm(path, { force: true });
}

function running(dir: StateDir, who: string): VigoError {
  return new VigoError(
    'AGENT_RUNNING',
    `${dir.path} is in use by ${who}: stop that agent first, or name another --state-dir`,
  );
}

function parseHolder(text: string | undefined): Holder | undefined {
  if (text === undefined) return undefined;
  try {
    const { pid, started, nonce } = JSON.parse(text);
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, started: started ?? null, nonce: String(nonce) } : undefined;
  } catch {
    // A lock appears whole; what is not JSON has been cut off by a crash of the machine, and so was its process.
    return undefined;
  }
}

function lives(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const found = processOf(holder.pid);
  if (!found) return true;
  return !found.dead && (holder.started === null || found.started === holder.started);
}

/** Undefined where /proc does not tell. Dead: it has ended, but its parent has not looked yet. */
function processOf(pid: number): { started: string; dead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in brackets and may hold spaces; the state is the 3rd, the start time the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19] ?? '', dead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}
