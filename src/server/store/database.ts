/** Opens the database and brings its schema up to date. */
import { resolve } from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite-database.ts';

export type Database = Kysely<Schema>;

/** Rows of one statement: SQLite allows 32,766 parameters, and no table here has more than 14 columns. */
const ROWS_PER_STATEMENT = 500;

/**
 * `url`: "sqlite:FILE", relative to `dataDir`, or "sqlite::memory:".
 * Throws `DATA_DIR_UNUSABLE` if it cannot be opened and `DATABASE_TOO_NEW` if a later version of the program wrote it.
 */
export async function openDatabase(options: { url: string; dataDir: string }): Promise<Database> {
  const name = options.url.replace(/^sqlite:/, '');
  const file = name === ':memory:' ? name : resolve(options.dataDir, name);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: async () => openSqlite(file) }) });
  try {
    await migrate(db, file);
    return db;
  } catch (error) {
    await db.destroy().catch(() => undefined);
    if (error instanceof VigoError) throw error;
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot open the database ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function migrate(db: Database, file: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const unknown = (await appliedMigrations(db)).filter((name) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown.length > 0) {
    throw new VigoError(
      'DATABASE_TOO_NEW',
      `the database ${file} was written by a later version of vigocli (it has ${unknown.join(', ')}): install that version or restore an older backup`,
    );
  }
  const { error } = await migrator.migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error(messageOf(error));
}

async function appliedMigrations(db: Database): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}

/** Cuts a batch into pieces that one statement can carry. */
export function* chunksOf<T>(rows: readonly T[], size: number = ROWS_PER_STATEMENT): Generator<T[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
