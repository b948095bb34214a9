/**
 * Restores a backup: all of it is unpacked beside its place and looked through there, and only what is whole, known and on disk is
 * renamed into the place. A backup that is damaged in its last byte changes nothing.
 */
import { lchown, mkdir, readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { readSmallFile } from '../platform/small-file.ts';
import { writeRestoredNote } from '../server/store/restored-note.ts';
import { checkContents } from './disk/check-contents.ts';
import { type Place, swapDirectory, takePlace } from './disk/swap-directory.ts';
import { finishUnpacking, placeIn, unpackInto } from './disk/unpack-into.ts';
import { openWorkDir } from './disk/work-dir.ts';
import { readArchive } from './format/archive-reader.ts';
import type { Manifest } from './format/manifest.ts';
import { openBackup } from './format/open-backup.ts';
import { type Watch, watchedSink } from './watched-sink.ts';

export interface RestoreOptions extends Watch {
  readonly file: string;
  readonly passphrase: string | undefined;
  /** Absolute. */
  readonly dataDir: string;
  /** A directory that is not empty is kept aside; default, it is refused. */
  readonly replace: boolean;
  readonly clock: Clock;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where it is; another than was named if that is a link. */
  readonly dataDir: string;
  /** Bytes of the backup's file. */
  readonly size: number;
  readonly encrypted: boolean;
  /** ISO 8601 UTC. */
  readonly restoredAt: string;
  /** Where what was there before is now; undefined if there was nothing. */
  readonly keptAside: string | undefined;
  /** Where server.yaml is now; undefined if the backup has none. */
  readonly serverYaml: string | undefined;
  /** Files that were not in the data directory: where they were, and where they are now. */
  readonly elsewhere: readonly { readonly origin: string; readonly file: string }[];
}

/**
 * Throws BACKUP_INVALID, BACKUP_PASSPHRASE, DATABASE_TOO_NEW, DATA_DIR_NOT_EMPTY, DATA_DIR_IN_USE, DATA_DIR_UNUSABLE,
 * INVALID_ARGUMENT (the file), INTERRUPTED.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { clock } = options;
  // Where a link leads to is what is replaced, on the disk that it was put on.
  const dataDir = await realpath(options.dataDir).catch(() => options.dataDir);
  await using backup = await openBackup(options.file, options.passphrase);
  await makeParent(dataDir);
  const place = await takePlace(dataDir, options.replace);
  try {
    await using work = await openWorkDir(`${dataDir}.restoring-`);
    const sink = watchedSink(unpackInto(work.path), options);
    const manifest = await readArchive(backup.archive(), sink);
    const databaseFile = placeIn(work.path, manifest.database);
    await checkContents({ manifest, databaseFile, text: (path) => readSmallFile(placeIn(work.path, path)) });
    const restoredAt = new Date(clock.now()).toISOString();
    const { createdAt: backupCreatedAt, programVersion } = manifest;
    await writeRestoredNote(work.path, { backupCreatedAt, restoredAt, programVersion });
    await work.unlock();
    await finishUnpacking(work.path, manifest);
    await giveTo(work.path, place.owner);
    if (options.signal.aborted) throw new VigoError('INTERRUPTED', 'interrupted: nothing was changed');
    const keptAside = place.isFree ? undefined : `${dataDir}.before-restore-${restoredAt.replace(/[:.]/g, '-')}`;
    await swapDirectory(work.path, dataDir, keptAside);
    const elsewhere = manifest.files.flatMap(({ path, origin }) =>
      origin === undefined ? [] : [{ origin, file: placeIn(dataDir, path) }],
    );
    const serverYaml = manifest.serverYaml && placeIn(dataDir, manifest.serverYaml);
    const { size, encrypted } = backup;
    return { manifest, dataDir, size, encrypted, restoredAt, keptAside, serverYaml, elsewhere };
  } finally {
    place.lock?.release();
  }
}

async function makeParent(dataDir: string): Promise<void> {
  try {
    await mkdir(dirname(dataDir), { recursive: true });
  } catch (error) {
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot make ${dirname(dataDir)}: ${messageOf(error)}`, { cause: error });
  }
}

/** By root for a server that runs as somebody else: that one could not even read what root has written. */
async function giveTo(dir: string, owner: Place['owner']): Promise<void> {
  if (process.getuid?.() !== 0 || owner === undefined || owner.uid === 0) return;
  const names = await readdir(dir, { recursive: true });
  for (const path of [dir, ...names.map((name) => join(dir, name))]) await lchown(path, owner.uid, owner.gid);
}
