/** Reads `<data_dir>/restored.json`, which `vigocli backup restore` leaves for the next start of a hub or a standalone server. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';
import type { RestoredMarker } from '../hub/restoration/restored-marker.ts';

export const RESTORED_NOTE = 'restored.json';

const MAX_TEXT = 100;
const text = z.string().min(1).max(MAX_TEXT);
// What a later version adds is no reason not to start.
const SCHEMA = z.object({ backupCreatedAt: text, restoredAt: text, programVersion: text });

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
