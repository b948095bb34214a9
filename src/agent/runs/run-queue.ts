/**
 * Runs that no server has acknowledged yet, on disk, in the order in which they happened. A run is there before it is sent and
 * gone only after the server has it: killed in between, it is sent again under the same id and counts once. A run that cannot be
 * written, because the disk is full, is kept in memory and written when that is possible again.
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../fleet/errors.ts';
import type { Run } from '../../gen/vigo/v1/types_pb.js';
import { PRIVATE_DIR, PRIVATE_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import { decodeRunFile, encodeRunFile, parseRunFileName, runFileName } from './run-file.ts';

export interface QueuedRun {
  readonly name: string;
  readonly run: Run;
}

export interface RunQueue {
  readonly size: number;
  /** Durable when it returns, if the disk takes it. Never rejects. */
  add(run: Run): Promise<void>;
  /** The oldest; undefined if there is none. Throws if it cannot be read just now. */
  first(): Promise<QueuedRun | undefined>;
  /** The server has it. */
  remove(name: string): Promise<void>;
  /** The server will never take it: out of the way, for people to look at. */
  setAside(name: string): Promise<void>;
}

/** A month of runs every five minutes. */
const MAX_WAITING = 10_000;
/** A large run has less than a megabyte. */
const MAX_IN_MEMORY = 100;
const MAX_SET_ASIDE = 100;
/** What passes by itself and says nothing about the file. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR']);
const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

export async function openRunQueue(stateDir: string, logger: Logger): Promise<RunQueue> {
  const dir = join(stateDir, 'runs');
  const rejected = join(dir, 'rejected');
  await mkdir(rejected, { recursive: true, mode: PRIVATE_DIR });
  const found = await readdir(dir);
  for (const name of found) if (name.endsWith('.tmp')) await rm(join(dir, name), { force: true });
  const names = found.filter(parseRunFileName).sort();
  const inMemory = new Map<string, Run>();
  let sequence = parseRunFileName(names.at(-1) ?? '')?.sequence ?? 0;

  const forget = (name: string): void => {
    const place = names.indexOf(name);
    if (place >= 0) names.splice(place, 1);
    inMemory.delete(name);
  };
  const drop = async (name: string): Promise<void> => {
    forget(name);
    await rm(join(dir, name), { force: true });
  };
  const setAside = async (name: string): Promise<void> => {
    const isWritten = !inMemory.has(name);
    forget(name);
    if (!isWritten) return;
    await rename(join(dir, name), join(rejected, name));
    const kept = (await readdir(rejected)).sort();
    for (const old of kept.slice(0, -MAX_SET_ASIDE)) await rm(join(rejected, old), { force: true });
  };
  const writeAll = async (): Promise<void> => {
    try {
      for (const [name, run] of inMemory) {
        await replaceFile(join(dir, name), encodeRunFile(run), PRIVATE_FILE);
        inMemory.delete(name);
      }
    } catch (error) {
      logger.error({ runs: inMemory.size, error: messageOf(error) }, 'runs cannot be written; they are kept in memory');
    }
  };
  const dropOldest = async (tooMany: readonly string[]): Promise<void> => {
    if (tooMany.length === 0) return;
    for (const old of tooMany) await drop(old).catch(() => undefined);
    logger.error({ runs: tooMany.length }, 'oldest runs dropped: no server has taken them for too long');
  };

  return {
    get size() {
      return names.length;
    },
    async add(run) {
      const name = runFileName(++sequence, run.id);
      inMemory.set(name, run);
      await writeAll();
      names.push(name);
      await dropOldest(names.slice(0, Math.max(0, names.length - MAX_WAITING)));
      await dropOldest([...inMemory.keys()].slice(0, Math.max(0, inMemory.size - MAX_IN_MEMORY)));
    },
    async first() {
      for (let [name] = names; name !== undefined; [name] = names) {
        const unwritten = inMemory.get(name);
        if (unwritten) return { name, run: unwritten };
        try {
          return { name, run: decodeRunFile(name, await readFile(join(dir, name), 'utf8')) };
        } catch (error) {
          if (PASSING.has(codeOf(error))) throw error;
          logger.error({ name, error: messageOf(error) }, 'run cannot be read; set aside');
          if (codeOf(error) === 'ENOENT') forget(name);
          else await setAside(name);
        }
      }
      return undefined;
    },
    remove: drop,
    setAside,
  };
}
