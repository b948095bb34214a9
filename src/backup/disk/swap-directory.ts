/**
 * Puts a finished directory in the place of another, by renames on one file system: whoever is killed in between leaves the old one
 * there, or nothing (the old one is beside it then, whole), or the new one.
 */
import { open, readdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { type DataDirLock, lockDataDir } from '../../server/store/data-dir.ts';

/** What is at the place. */
export interface Place {
  /** Nothing, or an empty directory. */
  readonly isFree: boolean;
  /** Owner of what is there; undefined if there is nothing. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Holds off servers from what is there. */
  readonly lock: DataDirLock | undefined;
}

/** Throws DATA_DIR_NOT_EMPTY, DATA_DIR_IN_USE, DATA_DIR_UNUSABLE. */
export async function takePlace(dir: string, replace: boolean): Promise<Place> {
  const found = await stat(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unusable(`cannot use ${dir}: ${error.message}`, error);
  });
  if (!found) return { isFree: true, owner: undefined, lock: undefined };
  if (!found.isDirectory()) throw unusable(`${dir} is no directory`);
  if (found.dev !== (await stat(dirname(dir))).dev) {
    throw unusable(
      `${dir} is a mount point, which cannot be replaced as a whole: name a directory in it, and that as data_dir`,
    );
  }
  const owner = { uid: found.uid, gid: found.gid };
  const names = await readdir(dir).catch((error: unknown) => {
    throw unusable(`cannot look into ${dir}: ${messageOf(error)}`, error);
  });
  if (names.length === 0) return { isFree: true, owner, lock: undefined };
  // First of all: a server that runs there matters more than what it has written.
  const lock = names.includes('server.lock') || replace ? holdOff(dir) : undefined;
  if (replace) return { isFree: false, owner, lock };
  lock?.release();
  throw new VigoError(
    'DATA_DIR_NOT_EMPTY',
    `${dir} is not empty: name another --data-dir, or pass --replace, which keeps what is there as ${dir}.before-restore-<time>`,
  );
}

function holdOff(dir: string): DataDirLock {
  try {
    return lockDataDir(dir);
  } catch (error) {
    if (!(error instanceof VigoError) || error.code !== 'DATA_DIR_IN_USE') throw error;
    throw new VigoError('DATA_DIR_IN_USE', `a server runs on ${dir}: stop it first`, { cause: error });
  }
}

/** Renames `fresh` to `dir`; what is there, if it is not empty, to `aside` before. Throws DATA_DIR_UNUSABLE. */
export async function swapDirectory(fresh: string, dir: string, aside: string | undefined): Promise<void> {
  try {
    if (aside !== undefined) await rename(dir, aside);
    try {
      await rename(fresh, dir);
    } catch (error) {
      if (aside !== undefined) await rename(aside, dir);
      throw error;
    }
    await using parent = await open(dirname(dir), 'r');
    await parent.sync();
  } catch (error) {
    throw unusable(`cannot put what was restored in the place of ${dir}: ${messageOf(error)}`, error);
  }
}

const unusable = (message: string, cause?: unknown) => new VigoError('DATA_DIR_UNUSABLE', message, { cause });
