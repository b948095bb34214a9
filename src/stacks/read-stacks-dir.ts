/** Reads a tree from a directory that operators edit. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import type { StacksFiles } from './stacks-files.ts';
import { pathProblem, STACKS_LIMITS } from './stacks-limits.ts';

/**
 * Regular files, sorted by path. Names that begin with a dot are passed over: version control and editors keep things there.
 * Throws CONFIG_NOT_FOUND if there is no such directory; STACKS_INVALID for a link, a device, or more than a tree may have.
 */
export async function readStacksDir(dir: string): Promise<StacksFiles> {
  await requireDirectory(dir);
  const paths = await listFiles(dir);
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const path of paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    const content = await readFile(join(dir, path));
    total += content.length;
    if (content.length > STACKS_LIMITS.fileBytes) throw tooLarge(join(dir, path), STACKS_LIMITS.fileBytes);
    if (total > STACKS_LIMITS.treeBytes) throw tooLarge(dir, STACKS_LIMITS.treeBytes);
    files.set(path, content);
  }
  return files;
}

async function requireDirectory(dir: string): Promise<void> {
  try {
    if ((await stat(dir)).isDirectory()) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new VigoError('CONFIG_NOT_FOUND', `stacks in ${dir} cannot be read: ${messageOf(error)}`, { cause: error });
    }
  }
  throw new VigoError('CONFIG_NOT_FOUND', `there is no directory ${dir} with stacks; name it with --stacks DIR`);
}

async function listFiles(dir: string): Promise<string[]> {
  const files: string[] = [];
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await readdir(join(dir, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        waiting.push(path);
        continue;
      }
      const problem = entry.isFile()
        ? pathProblem(path)
        : 'it is a link or a device; only regular files can be published';
      if (problem) throw new VigoError('STACKS_INVALID', `${join(dir, path)}: ${problem}`);
      files.push(path);
      if (files.length > STACKS_LIMITS.entries) {
        throw new VigoError('STACKS_INVALID', `${dir} has more than ${STACKS_LIMITS.entries} files`);
      }
    }
  }
  return files;
}

const tooLarge = (path: string, limit: number): VigoError =>
  new VigoError('STACKS_INVALID', `${path} has more than ${limit} bytes`);
