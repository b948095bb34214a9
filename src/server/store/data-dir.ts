/** A server's data directory: made with safe permissions, and held by one server at a time. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, VigoError } from '../../fleet/errors.ts';

export interface DataDirLock {
  release(): void;
}

/**
 * Makes `dataDir` (0700) if it is absent and takes its lock: an exclusive SQLite transaction, which the kernel ends with
 * the process however it dies. Throws `DATA_DIR_IN_USE` or `DATA_DIR_UNUSABLE`.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(join(dataDir, 'server.lock'), { timeout: 0 });
    try {
      database.exec('begin exclusive');
    } catch (error) {
      database.close();
      if (messageOf(error).includes('locked')) {
        throw new VigoError(
          'DATA_DIR_IN_USE',
          `another server runs on ${dataDir}: stop it, or give this one its own data_dir`,
        );
      }
      throw error;
    }
    return { release: () => database.close() };
  } catch (error) {
    if (error instanceof VigoError) throw error;
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot use the data directory ${dataDir}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
