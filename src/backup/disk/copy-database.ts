/** A copy of the database as it is at one moment, beside a server that goes on writing. */
import { stat } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { messageOf, VigoError } from '../../fleet/errors.ts';

/** The most pages that one step can take: all of them. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies the pages of `file` to `target`, in one step and so from one moment: in several, every write of the server would make the
 * copy begin anew. Writers are not held up. The copy is one file, with nothing beside it. Throws DATA_DIR_UNUSABLE.
 */
export async function copyDatabase(file: string, target: string): Promise<void> {
  try {
    await stat(file);
  } catch (error) {
    throw unusable(
      `there is no database ${file}: is this the data directory of a server? See --data-dir and --config`,
      error,
    );
  }
  try {
    const source = new DatabaseSync(file, { readOnly: true, timeout: 30_000 });
    try {
      await backup(source, target, { rate: ALL_PAGES });
    } finally {
      source.close();
    }
    const copy = new DatabaseSync(target);
    try {
      copy.exec('pragma journal_mode = delete');
    } finally {
      copy.close();
    }
  } catch (error) {
    throw unusable(`cannot copy the database ${file}: ${messageOf(error)}`, error);
  }
}

const unusable = (message: string, cause: unknown) => new VigoError('DATA_DIR_UNUSABLE', message, { cause });
