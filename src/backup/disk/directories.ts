/** The directories of a backup's files in the data directory, with their modes. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DATA, type Manifest } from '../format/manifest.ts';

/** The data directory itself is "data". */
export async function directoriesOf(dataDir: string, paths: readonly string[]): Promise<Manifest['directories']> {
  const found = new Set<string>();
  for (const path of paths.filter((each) => each.startsWith(DATA))) {
    for (let dir = dirname(path); dir !== '.'; dir = dirname(dir)) found.add(dir);
  }
  return Promise.all(
    [...found].sort().map(async (path) => {
      const { mode } = await stat(join(dataDir, path.slice(DATA.length)));
      return { path, mode: mode & 0o777 };
    }),
  );
}
