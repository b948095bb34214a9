/** A large file that is there with all of its bytes or not at all. */
import { randomUUID } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { PRIVATE_FILE } from '../../platform/durable-files.ts';

export interface PublishOptions {
  readonly target: string;
  /** What is there already goes. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
}

/** Throws INVALID_ARGUMENT if there is something at `target` that is not to be replaced, or nothing can be. */
export async function refuseOccupied({ target, replace }: Pick<PublishOptions, 'target' | 'replace'>): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found && !found.isFile()) throw cannotWrite(target, 'it exists and is no regular file');
  if (found && !replace) throw exists(target);
  const folder = await stat(dirname(target)).catch(() => undefined);
  if (!folder?.isDirectory()) throw cannotWrite(target, `${dirname(target)} is no directory`);
}

/** Readable by its owner alone; returns how many bytes it has. Throws INVALID_ARGUMENT, INTERRUPTED and what `chunks` throws. */
export async function publishFile(chunks: AsyncGenerator<Buffer>, options: PublishOptions): Promise<number> {
  const { target, replace, signal } = options;
  const temporary = `${target}.${randomUUID()}.tmp`;
  let size = 0;
  try {
    await using file = await open(temporary, 'wx', PRIVATE_FILE).catch((error: unknown) => {
      throw cannotWrite(target, messageOf(error), error);
    });
    for await (const chunk of chunks) {
      if (signal.aborted) throw new VigoError('INTERRUPTED', 'interrupted: nothing was written');
      await file.writeFile(chunk).catch((error: unknown) => {
        throw cannotWrite(target, messageOf(error), error);
      });
      size += chunk.length;
    }
    await file.sync();
    if (replace) await rename(temporary, target);
    else await linkOnce(temporary, target);
    await using directory = await open(dirname(target), 'r');
    await directory.sync();
    return size;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function linkOnce(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(target);
    // A file system without links: what is looked at first and renamed then may lose against somebody who is as quick.
    await refuseOccupied({ target, replace: false });
    await rename(temporary, target);
  }
}

const exists = (target: string) => cannotWrite(target, 'it exists, and is only overwritten with --force');

const cannotWrite = (target: string, why: string, cause?: unknown) =>
  new VigoError('INVALID_ARGUMENT', `cannot write ${target}: ${why}`, { cause });
