/** Programs of this machine that a test uses where they are there. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Its path; undefined if it is not on PATH. */
export async function findTool(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const file = join(folder, name);
    const found = await access(file).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}
