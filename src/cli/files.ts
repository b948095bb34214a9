/** Files that a person names as input or output of a command. */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { createFileOnce, replaceFile } from '../platform/durable-files.ts';
import { readSmallFile } from '../platform/small-file.ts';

/** `what`: the flag or argument, for the message. At most 64 KiB. Throws `INVALID_ARGUMENT`. */
export function readInput(what: string, path: string): string {
  try {
    return readSmallFile(path);
  } catch (error) {
    throw new VigoError('INVALID_ARGUMENT', `${what}: cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Writes atomically, making directories as needed; returns the absolute path. Throws `INVALID_ARGUMENT`. */
export async function writeOutput(path: string, content: string, mode: number): Promise<string> {
  return writing(path, (file) => replaceFile(file, content, mode));
}

/** The same for a file that must not exist yet. */
export async function createOutput(path: string, content: string, mode: number): Promise<string> {
  return writing(path, async (file) => {
    if (!(await createFileOnce(file, content, mode))) throw new Error('it exists, and is not overwritten');
  });
}

async function writing(path: string, write: (file: string) => Promise<void>): Promise<string> {
  const file = resolve(path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(file);
    return file;
  } catch (error) {
    throw new VigoError('INVALID_ARGUMENT', `cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
}
