/**
 * The npm packages that some packages need, and where each goes in a `node_modules` of its own.
 *
 * Looked up as Node does it, so it does not matter how npm has installed them: globally, in a clone, beside other programs.
 * The new layout depends on nothing but names and versions, and each package finds there what it has found before.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VigoError } from '../../../fleet/errors.ts';

export interface PlacedPackage {
  /** "node_modules/a", or "node_modules/a/node_modules/b" where another version of b is needed elsewhere. */
  readonly path: string;
  /** Where it is installed now. */
  readonly folder: string;
}

interface Installed {
  readonly folder: string;
  /** Name and version. */
  readonly id: string;
  /** Names, sorted. */
  readonly needs: readonly string[];
}

interface PackageJson {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
}

/** Of a program: far more would be a mistake. */
const MAX_PACKAGES = 1_000;

/** `names` as `root` needs them. Throws BOOTSTRAP_UNAVAILABLE naming one that is not installed. */
export async function packageTree(root: string, names: readonly string[]): Promise<PlacedPackage[]> {
  const placed = new Map<string, Installed>();
  const program: Installed = { folder: root, id: '', needs: names };
  // Breadth first: what stands beside a package is known before what that package needs is placed.
  const waiting: { readonly path: string; readonly of: Installed }[] = [{ path: '', of: program }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    for (const name of next.of.needs) {
      const wanted = await find(next.of.folder, name);
      if (!wanted) throw missing(name, next.of.folder);
      const seen = visible(placed, next.path, name);
      if (seen?.id === wanted.id) continue;
      const path = join(seen ? next.path : '', 'node_modules', name);
      placed.set(path, wanted);
      if (placed.size > MAX_PACKAGES) throw missing(name, 'a circle');
      waiting.push({ path, of: wanted });
    }
  }
  return [...placed].map(([path, { folder }]) => ({ path, folder }));
}

/** What a package at `path` would find by that name. */
function visible(placed: ReadonlyMap<string, Installed>, path: string, name: string): Installed | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const found = placed.get(join(at, 'node_modules', name));
    if (found || at === '') return found;
  }
}

async function find(from: string, name: string): Promise<Installed | undefined> {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return describe(folder, name, JSON.parse(text) as PackageJson);
    if (at === dirname(at)) return undefined;
  }
}

async function describe(folder: string, name: string, json: PackageJson): Promise<Installed> {
  const must = new Set(Object.keys(json.dependencies ?? {}));
  const may = Object.keys(json.optionalDependencies ?? {});
  for (const peer of Object.keys(json.peerDependencies ?? {}))
    if (json.peerDependenciesMeta?.[peer]?.optional !== true) must.add(peer);
  for (const optional of may) must.delete(optional);
  const there = await Promise.all(may.map((optional) => find(folder, optional)));
  return {
    folder,
    id: `${name}@${json.version}`,
    needs: [...must, ...may.filter((_, i) => there[i])].sort(),
  };
}

const missing = (name: string, where: string): VigoError =>
  new VigoError(
    'BOOTSTRAP_UNAVAILABLE',
    `the agent's program cannot be packed: ${name}, which ${where} needs, is not installed`,
  );
