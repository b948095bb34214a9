/** Which files of the built program some of them need: the build has written down what imports what. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Path to what is imported there; all below the root. */
const IMPORTS = 'dist/imports.json';
type Imports = Readonly<Record<string, readonly string[]>>;

/**
 * Path, such as "dist/cli/main.js", to content: of `entries`, paths below `root`, and of all that they import.
 * Rejects if one of them is not there.
 */
export async function reachedModules(root: string, entries: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const imports = JSON.parse(await readFile(join(root, IMPORTS), 'utf8')) as Imports;
  const files = new Map<string, Buffer>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    const imported = imports[path];
    if (!imported) throw new Error(`${IMPORTS} does not know ${path}`);
    files.set(path, await readFile(join(root, path)));
    waiting.push(...imported);
  }
  return files;
}
