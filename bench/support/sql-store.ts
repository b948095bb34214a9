/** A database like that of a server, written without the program: prepared statements, the same settings of SQLite. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { openDatabase } from '../../src/server/store/database.ts';
import type { BenchContext } from './benchmark.ts';

export interface SqlStore {
  /** Runs `sql` once for each row, all in one transaction with what else `work` does. */
  run(sql: string, rows: readonly (readonly SQLInputValue[])[]): void;
  transaction(work: () => void): void;
}

/** In a directory of its own called `name`, which `seed` may fill before. */
export async function openSqlStore(
  context: BenchContext,
  name: string,
  seed?: (dir: string) => Promise<void>,
): Promise<SqlStore> {
  const dir = join(context.dir, 'floor', name);
  await mkdir(dir, { recursive: true });
  await (await openDatabase({ url: 'sqlite:vigo.db', dataDir: dir })).destroy();
  await seed?.(dir);
  const db = new DatabaseSync(join(dir, 'vigo.db'));
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory');
  context.cleanup.defer(() => db.close());
  return {
    run(sql, rows) {
      const statement = db.prepare(sql);
      for (const row of rows) statement.run(...row);
    },
    transaction(work) {
      db.exec('begin immediate');
      work();
      db.exec('commit');
    },
  };
}
