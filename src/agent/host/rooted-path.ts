/** Paths on the envoy, below a root that stands in for "/" in tests and demos. */
import { realpath } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';

/** Where `path` really is. With a root of its own, a link must not lead out of it: throws then. */
export async function rootedPath(root: string, path: string): Promise<string> {
  if (!path.startsWith('/')) throw new Error(`${path} is not an absolute path`);
  // Without a slash at the end, which would follow a link.
  const plain = normalize(path).replace(/(?<=.)\/$/, '');
  const full = join(root, plain);
  if (root === '/' || plain === '/') return full;
  const inside = await realpath(root);
  // The nearest directory above it that exists decides.
  for (let parent = dirname(full); ; parent = dirname(parent)) {
    const real = await realpath(parent).catch(() => undefined);
    if (real === undefined) continue;
    const way = relative(inside, real);
    if (way === '..' || way.startsWith('../')) throw new Error(`${path} is behind a link that leads out of ${root}`);
    return full;
  }
}
