/** What lies in a data directory and is not in its backup. */
import { readdir } from 'node:fs/promises';

/** Made anew by a server that starts, or of use only to one that runs. */
const MADE_ANEW = [
  /^server\.lock/,
  /^api-address$/,
  /^\.live$/,
  // Archives are taken one by one; trees are made from them.
  /^config$/,
  // Clones of repositories, while they are looked at.
  /^webhooks$/,
  /-(wal|shm|journal)$/,
  /\.tmp$/,
  /^backup-work-/,
  // Of a restore: what it says was done, or is still to be done, belongs to that one.
  /^restored\.json$/,
  /^outside$/,
];

/** Names that are neither of a backup's files nor known to be of no use; a directory counts if nothing below it is taken. */
export async function unknownIn(dataDir: string, taken: readonly string[]): Promise<string[]> {
  const used = new Set(taken.map((path) => path.split('/')[0]));
  const names = await readdir(dataDir);
  return names.filter((name) => !used.has(name) && !MADE_ANEW.some((known) => known.test(name))).sort();
}
