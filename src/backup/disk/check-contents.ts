/** Whether what is in a backup can be used: its database is whole and known, and keys belong to their certificates. */
import { messageOf } from '../../fleet/errors.ts';
import { backupInvalid } from '../format/backup-invalid.ts';
import { DATA, type Manifest } from '../format/manifest.ts';
import { refuseLaterSchema } from '../schema.ts';
import { pairProblem } from './key-pairs.ts';
import { readDatabase } from './read-database.ts';

export interface Contents {
  readonly manifest: Manifest;
  /** The database, unpacked. */
  readonly databaseFile: string;
  /** The text of a small file. */
  text(path: string): Promise<string> | string;
}

/** Throws BACKUP_INVALID, DATABASE_TOO_NEW. */
export async function checkContents({ manifest, databaseFile, text }: Contents): Promise<void> {
  try {
    const { schema } = readDatabase(databaseFile);
    refuseLaterSchema(schema, 'the database in the backup');
    if (schema.join() !== manifest.schema.join())
      throw backupInvalid('its database has another schema than its manifest says');
  } catch (error) {
    if (error instanceof Error && error.name === 'VigoError') throw error;
    throw backupInvalid(messageOf(error), { cause: error });
  }
  for (const { certificate, key } of manifest.keyPairs) {
    const problem = pairProblem(await text(certificate), await text(key));
    if (problem) throw backupInvalid(`${certificate} and ${key}: ${problem}`);
  }
  for (const { path, sha256 } of manifest.files) {
    const version = path.startsWith(ARCHIVES) ? path.slice(ARCHIVES.length).replace(/\.tar\.gz$/, '') : sha256;
    if (version !== sha256) throw backupInvalid(`${path} is not the archive that its name says`);
  }
}

const ARCHIVES = `${DATA}config/archives/`;
