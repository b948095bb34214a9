/** Writes what is in a backup to a fresh directory, each file to its place and to the disk. */
import { constants } from 'node:fs';
import { chmod, mkdir, open, readFile, statfs, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VigoError } from '../../fleet/errors.ts';
import { PRIVATE_DIR } from '../../platform/durable-files.ts';
import { writeTree } from '../../server/live/tree-on-disk.ts';
import { unpackArchive } from '../../stacks/unpack-archive.ts';
import type { ArchiveSink } from '../format/archive-reader.ts';
import { backupInvalid } from '../format/backup-invalid.ts';
import { DATA, type Manifest } from '../format/manifest.ts';

/** The path below the data directory of an entry; those of elsewhere are in the folder "outside". */
export const placeIn = (dir: string, entry: string): string =>
  join(dir, entry.startsWith(DATA) ? entry.slice(DATA.length) : entry);

/** `dir` must be empty and nobody else's. Files are on disk when `readArchive` has returned; directories need `finishUnpacking`. */
export function unpackInto(dir: string): ArchiveSink {
  const made = new Set<string>([dir]);
  return {
    begin: (manifest) => refuseTooLarge(dir, manifest),
    async file({ path, mode }, content) {
      const target = placeIn(dir, path);
      if (!made.has(dirname(target))) {
        await mkdir(dirname(target), { recursive: true, mode: PRIVATE_DIR });
        made.add(dirname(target));
      }
      // Never through a link, even if one could be there.
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      await using file = await open(target, flags, mode);
      for await (const chunk of content) await file.writeFile(chunk);
      // What the umask has taken away.
      await file.chmod(mode);
      await file.sync();
    },
  };
}

/** The published tree, the modes of directories, and all names on disk. Throws BACKUP_INVALID. */
export async function finishUnpacking(dir: string, manifest: Manifest): Promise<void> {
  const folders = new Set([dir]);
  for (const { path } of manifest.files) {
    for (let folder = dirname(placeIn(dir, path)); folder !== dir; folder = dirname(folder)) folders.add(folder);
  }
  await placeLive(dir, manifest.configVersion);
  for (const { path, mode } of manifest.directories) {
    const folder = path === 'data' ? dir : placeIn(dir, path);
    // However closed it was, its owner goes on working in it.
    if (folders.has(folder)) await chmod(folder, mode | PRIVATE_DIR);
  }
  for (const folder of folders) {
    await using handle = await open(folder, 'r');
    await handle.sync();
  }
}

/** `.live` as a server has it, which makes the tree anew when it starts if it is not whole. */
async function placeLive(dir: string, version: string | null): Promise<void> {
  if (version === null) return;
  const archive = await readFile(join(dir, 'config', 'archives', `${version}.tar.gz`));
  const trees = join(dir, 'config', 'trees');
  await mkdir(trees, { recursive: true, mode: PRIVATE_DIR });
  const files = await unpackArchive(archive).catch((error: unknown) => {
    throw backupInvalid(`the published configuration ${version.slice(0, 12)} in it cannot be unpacked`, {
      cause: error,
    });
  });
  await writeTree(join(trees, version), files);
  await symlink(join('config', 'trees', version), join(dir, '.live'));
}

async function refuseTooLarge(dir: string, { files }: Manifest): Promise<void> {
  const needed = files.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = await statfs(dir);
  if (needed > bavail * bsize) {
    throw new VigoError(
      'DATA_DIR_UNUSABLE',
      `the backup needs ${needed} bytes, and only ${bavail * bsize} are free at ${dirname(dir)}`,
    );
  }
}
