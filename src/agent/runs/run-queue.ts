/**
 * Runs that no server has acknowledged yet, on disk, in the order in which they happened. A run is there before it is sent and
 * gone only after the server has it: killed in between, it is sent again under the same id and counts once.
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
  /** Durable when it returns. */
  add(run: Run): Promise<void>;
  /** The oldest; undefined if there is none. */
  first(): Promise<QueuedRun | undefined>;
  /** The server has it. */
  remove(name: string): Promise<void>;
  /** The server will never take it: out of the way, for people to look at. */
  setAside(name: string): Promise<void>;
}

/** A month of runs every five minutes. */
const MAX_WAITING = 10_000;
const MAX_SET_ASIDE = 100;

export async function openRunQueue(stateDir: string, logger: Logger): Promise<RunQueue> {
  const dir = join(stateDir, 'runs');
  const rejected = join(dir, 'rejected');
  await mkdir(rejected, { recursive: true, mode: PRIVATE_DIR });
  const found = await readdir(dir);
  for (const name of found) if (name.endsWith('.tmp')) await rm(join(dir, name), { force: true });
  const names = found.filter(parseRunFileName).sort();
  let sequence = parseRunFileName(names.at(-1) ?? '')?.sequence ?? 0;

  const drop = async (name: string): Promise<void> => {
    const place = names.indexOf(name);
    if (place >= 0) names.splice(place, 1);
    await rm(join(dir, name), { force: true });
  };
  const setAside = async (name: string): Promise<void> => {
    const place = names.indexOf(name);
    if (place >= 0) names.splice(place, 1);
    await rename(join(dir, name), join(rejected, name));
    const kept = (await readdir(rejected)).sort();
    for (const old of kept.slice(0, -MAX_SET_ASIDE)) await rm(join(rejected, old), { force: true });
  };

  return {
    get size() {
      return names.length;
    },
    async add(run) {
      const name = runFileName(++sequence, run.id);
      await replaceFile(join(dir, name), encodeRunFile(run), PRIVATE_FILE);
      names.push(name);
      const tooMany = names.slice(0, Math.max(0, names.length - MAX_WAITING));
      for (const old of tooMany) await drop(old);
      if (tooMany.length > 0)
        logger.error({ runs: tooMany.length }, 'oldest runs dropped: no server has taken them for too long');
    },
    async first() {
      for (let [name] = names; name !== undefined; [name] = names) {
        try {
          return { name, run: decodeRunFile(name, await readFile(join(dir, name), 'utf8')) };
        } catch (error) {
          logger.error({ name, error: messageOf(error) }, 'run cannot be read; set aside');
          await setAside(name);
        }
      }
      return undefined;
    },
    remove: drop,
    setAside,
  };
}
