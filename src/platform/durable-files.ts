/**
 * Writes that survive a crash: a file is there with all of its bytes or not at all, and stays once the call returned.
 *
 * Keys need a form that libraries for atomic writes lack: "make it unless somebody else just did".
 */
import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Owner only, for private keys. */
export const PRIVATE_FILE = 0o600;
export const PUBLIC_FILE = 0o644;
export const PRIVATE_DIR = 0o700;

/** Creates `path`; false when it exists, which leaves it as it is. Of many at once exactly one gets true. */
export async function createFileOnce(path: string, content: string, mode: number): Promise<boolean> {
  // A link to a complete file appears at once or fails; `open` with "wx" would show a half-written key after a crash.
  return throughTemporary(path, content, mode, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

/** Creates `path` or replaces what is there. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  await throughTemporary(path, content, mode, (temporary) => rename(temporary, path));
}

/** Gives a file that is on disk already another name, in the same directory. Throws as `rename` does. */
export async function renameFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncDirectory(dirname(to));
}

/** Removes `path`, if it is there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

async function throughTemporary<T>(
  path: string,
  content: string,
  mode: number,
  publish: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await using file = await open(temporary, 'wx', mode);
    await file.writeFile(content);
    await file.sync();
    const result = await publish(temporary);
    await syncDirectory(dirname(path));
    return result;
  } finally {
    await rm(temporary, { force: true });
  }
}
