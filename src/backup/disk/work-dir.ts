/**
 * A directory to work in, on the disk where the work belongs, which is gone afterwards: it is held by a lock that ends with the
 * process, so that whoever makes the next one of its kind removes what a killed process has left. There may be keys in it.
 */
import { randomUUID } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { type DataDirLock, lockDataDir } from '../../server/store/data-dir.ts';

export interface WorkDir extends AsyncDisposable {
  readonly path: string;
  /** Ends the lock and leaves nothing of it: for a directory that is to be kept under another name. */
  unlock(): Promise<void>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LOCK_FILES = ['server.lock', 'server.lock-journal'];

/** Makes `<prefix><uuid>` for its owner alone. Throws DATA_DIR_UNUSABLE. */
export async function openWorkDir(prefix: string): Promise<WorkDir> {
  await removeLeftovers(prefix);
  const path = `${prefix}${randomUUID()}`;
  const lock = lockIn(path);
  let held = true;
  const release = () => {
    if (held) lock.release();
    held = false;
  };
  const unlock = async () => {
    release();
    for (const name of LOCK_FILES) await rm(join(path, name), { force: true });
  };
  return {
    path,
    unlock,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      release();
    },
  };
}

function lockIn(path: string): DataDirLock {
  try {
    return lockDataDir(path);
  } catch (error) {
    const why = error instanceof Error ? messageOf(error.cause ?? error) : String(error);
    throw new VigoError('DATA_DIR_UNUSABLE', `there is no place to work in at ${dirname(path)}: ${why}`, {
      cause: error,
    });
  }
}

async function removeLeftovers(prefix: string): Promise<void> {
  const names = await readdir(dirname(prefix)).catch((): string[] => []);
  for (const name of names) {
    if (!name.startsWith(basename(prefix)) || !UUID.test(name.slice(basename(prefix).length))) continue;
    const path = join(dirname(prefix), name);
    try {
      // Of others, as in a folder that all may write to, nothing is even opened.
      const found = await lstat(path);
      if (!found.isDirectory() || found.uid !== process.getuid?.()) continue;
      const lock = lockDataDir(path);
      await rm(path, { recursive: true, force: true });
      lock.release();
    } catch {
      // Somebody works there, or it cannot be removed: neither is our concern.
    }
  }
}
