/**
 * `node:sqlite` in the shape that Kysely's SQLite dialect expects.
 *
 * WAL with `synchronous = FULL`: a committed transaction survives a power cut, which is what acknowledging a write promises.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

// Kysely makes a few dozen different statements, and one more per length of a batch: keep those that recur.
const MAX_CACHED_STATEMENTS = 256;

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
  };
}

/** Opens `file` (":memory:" for none), creating it when absent. Throws what SQLite says. */
export function openSqlite(file: string): SqliteDatabase {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory',
  );
  const cache = new Map<string, SqliteStatement>();
  return {
    close: () => {
      cache.clear();
      database.close();
    },
    prepare(sql) {
      // A deferred transaction that reads and then writes fails at once when someone else writes: take the write lock first.
      const text = sql === 'begin' ? 'begin immediate' : sql;
      const known = cache.get(text);
      if (known) {
        cache.delete(text);
        cache.set(text, known);
        return known;
      }
      const statement = adaptStatement(database.prepare(text));
      cache.set(text, statement);
      if (cache.size > MAX_CACHED_STATEMENTS) cache.delete(cache.keys().next().value as string);
      return statement;
    },
  };
}
