/**
 * A note in a data directory that says that it was restored: a hub or standalone server that finds it when it starts has to
 * ask its spokes what has happened since.
 */
import { join } from 'node:path';
import { PRIVATE_FILE, replaceFile } from '../platform/durable-files.ts';
import { RESTORED_NOTE } from './format/manifest.ts';

export interface RestoredNote {
  /** ISO 8601 UTC. */
  readonly backupCreatedAt: string;
  /** ISO 8601 UTC. */
  readonly restoredAt: string;
  /** Of the program that made the backup. */
  readonly programVersion: string;
}

export async function writeRestoredNote(dataDir: string, note: RestoredNote): Promise<void> {
  await replaceFile(join(dataDir, RESTORED_NOTE), `${JSON.stringify(note)}\n`, PRIVATE_FILE);
}
