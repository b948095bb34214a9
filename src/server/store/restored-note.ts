/**
 * A note in a data directory that says that it was restored: `vigocli backup restore` leaves it, and a hub or standalone server that
 * finds it when it starts has to ask its spokes what has happened since.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { PRIVATE_FILE, replaceFile } from '../../platform/durable-files.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';

export const RESTORED_NOTE = 'restored.json';

const MAX_TEXT = 100;
const text = z.string().min(1).max(MAX_TEXT);
// What a later version adds is no reason not to start.
const SCHEMA = z.object({ backupCreatedAt: text, restoredAt: text, programVersion: text });

export interface RestoredNote {
  /** ISO 8601 UTC. */
  readonly backupCreatedAt: string;
  /** ISO 8601 UTC; tells one restore from the next. */
  readonly restoredAt: string;
  /** Of the program that made the backup. */
  readonly programVersion: string;
}

/** A note that was found. */
export interface RestoredMarker extends RestoredNote {
  /** Every spoke is reconciled: takes the note away. */
  remove(): Promise<void>;
}

export async function writeRestoredNote(dataDir: string, note: RestoredNote): Promise<void> {
  await replaceFile(join(dataDir, RESTORED_NOTE), `${JSON.stringify(note)}\n`, PRIVATE_FILE);
}

/** Undefined if there is none. Throws DATA_DIR_UNUSABLE if it cannot be read: a hub that does not know how old its data is must not guess. */
export function readRestoredNote(dataDir: string): RestoredMarker | undefined {
  const file = join(dataDir, RESTORED_NOTE);
  try {
    const content = readSmallFileIfPresent(file);
    if (content === undefined) return undefined;
    return { ...SCHEMA.parse(JSON.parse(content)), remove: () => rm(file, { force: true }) };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot use ${file}, which a restore has left: ${why}`, { cause: error });
  }
}
