import { VigoError } from '../../fleet/errors.ts';

/** What every reader here throws about an archive that it does not believe; `why` ends the sentence. */
export function backupInvalid(why: string, options?: ErrorOptions): VigoError {
  return new VigoError('BACKUP_INVALID', `the backup is refused: ${why}`, options);
}
