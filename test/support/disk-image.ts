/** What a directory has in it, to the last byte: for telling whether anything has changed. */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from './digest.ts';

/** Path below `dir` → kind, mode and content of what is there; links are not followed. Sorted. */
export async function diskImage(dir: string): Promise<Record<string, string>> {
  const image: [string, string][] = [];
  for (const path of (await readdir(dir, { recursive: true })).sort()) {
    const place = join(dir, path);
    const stats = await lstat(place);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) image.push([path, `link to ${await readlink(place)}`]);
    else if (stats.isDirectory()) image.push([path, `directory ${mode}`]);
    else image.push([path, `file ${mode} ${stats.size} ${digestOf(await readFile(place))}`]);
  }
  return Object.fromEntries(image);
}
