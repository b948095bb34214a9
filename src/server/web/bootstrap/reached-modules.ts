/** Which files of the built program some of them need, and which packages: the build has written down what imports what. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ReachedModules {
  /** Path, such as "dist/cli/main.js", to content. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Names of npm packages, such as "@oclif/core", sorted. */
  readonly packages: readonly string[];
}

/** Path to what is imported there: paths below the root, and packages. */
const IMPORTS = 'dist/imports.json';
type Imports = Readonly<Record<string, readonly string[]>>;

/** `entries`: paths below `root`. Rejects if one of them, or what it imports, is not there. */
export async function reachedModules(root: string, entries: readonly string[]): Promise<ReachedModules> {
  const imports = JSON.parse(await readFile(join(root, IMPORTS), 'utf8')) as Imports;
  const files = new Map<string, Buffer>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    const imported = imports[path];
    if (!imported) throw new Error(`${IMPORTS} does not know ${path}`);
    files.set(path, await readFile(join(root, path)));
    for (const wanted of imported) {
      if (wanted in imports) waiting.push(wanted);
      else packages.add(packageOf(wanted));
    }
  }
  return { files, packages: [...packages].sort() };
}

/** "@oclif/core/flags" → "@oclif/core" */
const packageOf = (wanted: string): string => wanted.split('/', wanted.startsWith('@') ? 2 : 1).join('/');
