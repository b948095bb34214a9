/** Looks through a backup as a restore does, and leaves nothing of it behind. */
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PRIVATE_FILE } from '../platform/durable-files.ts';
import { checkContents } from './disk/check-contents.ts';
import { openWorkDir } from './disk/work-dir.ts';
import { type ArchiveSink, readArchive } from './format/archive-reader.ts';
import type { Manifest } from './format/manifest.ts';
import { openBackup } from './format/open-backup.ts';
import { type Watch, watchedSink } from './watched-sink.ts';

export interface VerifyOptions extends Watch {
  readonly file: string;
  readonly passphrase: string | undefined;
}

export interface Verified {
  readonly manifest: Manifest;
  /** Bytes of the file. */
  readonly size: number;
  readonly encrypted: boolean;
}

/** Throws BACKUP_INVALID, BACKUP_PASSPHRASE, DATABASE_TOO_NEW, INVALID_ARGUMENT (the file), INTERRUPTED. */
export async function verifyBackup(options: VerifyOptions): Promise<Verified> {
  await using backup = await openBackup(options.file, options.passphrase);
  await using work = await openWorkDir(join(tmpdir(), 'vigocli-verify-'));
  const databaseFile = join(work.path, 'database');
  const texts = new Map<string, string>();
  let paired = new Set<string>();
  let database = '';
  const sink: ArchiveSink = {
    async begin(manifest) {
      database = manifest.database;
      paired = new Set(manifest.keyPairs.flatMap(({ certificate, key }) => [certificate, key]));
    },
    async file({ path }, content) {
      if (path === database) {
        return pipeline(content, createWriteStream(databaseFile, { flags: 'wx', mode: PRIVATE_FILE }));
      }
      const kept: Buffer[] = [];
      for await (const chunk of content) if (paired.has(path)) kept.push(chunk);
      if (paired.has(path)) texts.set(path, Buffer.concat(kept).toString('utf8'));
    },
  };
  const manifest = await readArchive(backup.archive(), watchedSink(sink, options));
  await checkContents({ manifest, databaseFile, text: (path) => texts.get(path) ?? '' });
  return { manifest, size: backup.size, encrypted: backup.encrypted };
}
