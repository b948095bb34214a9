/** Which of the program's compiled modules some of them need, and which packages: found by following what they import. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';

export interface ReachedModules {
  /** Path, such as "dist/cli/main.js", to content. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Names of npm packages, such as "@oclif/core", sorted. */
  readonly packages: readonly string[];
}

/** Imports as the compiler writes them: `from "./a.js"`, `import "./a.js"`, `import("./a.js")`; paths of them are never computed. */
const IMPORT = /\b(?:from|import)\s*(?:\bfrom\b)?\s*["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

/** `entries`: paths below `root`. Rejects if one of them, or what it imports, is not there. */
export async function reachedModules(root: string, entries: readonly string[]): Promise<ReachedModules> {
  const files = new Map<string, Buffer>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    const content = await readFile(posix.join(root, path));
    files.set(path, content);
    for (const [, plain, called] of content.toString('utf8').matchAll(IMPORT)) {
      const wanted = plain ?? called ?? '';
      if (wanted.startsWith('.')) waiting.push(posix.join(posix.dirname(path), wanted));
      else if (!wanted.startsWith('node:')) packages.add(packageOf(wanted));
    }
  }
  return { files, packages: [...packages].sort() };
}

/** "@oclif/core/flags" → "@oclif/core" */
const packageOf = (wanted: string): string => wanted.split('/', wanted.startsWith('@') ? 2 : 1).join('/');
