/** What a backup has to know of the database in it. */
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../fleet/errors.ts';

export interface DatabaseFacts {
  /** Names of the migrations that its schema has, in order. */
  readonly schema: readonly string[];
  /** The newest entry of the audit log. */
  readonly audit: { readonly seq: number; readonly hash: string } | null;
  /** Versions of the history, the fleet's first; each once. None on a spoke. */
  readonly configVersions: readonly string[];
}

/** Reads `file`, a copy that nobody else uses. Throws an Error that says what is wrong if it is damaged or no database. */
export function readDatabase(file: string): DatabaseFacts {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const problems = database
      .prepare('pragma integrity_check(1)')
      .all()
      .map((row) => String(row.integrity_check));
    if (problems.join() !== 'ok') throw new Error(problems.join(', '));
    const tables = new Set(
      database
        .prepare("select name from sqlite_master where type = 'table'")
        .all()
        .map(({ name }) => String(name)),
    );
    // A table that is missing belongs to a later schema.
    const rows = <T>(table: string, query: string): T[] =>
      tables.has(table) ? (database.prepare(query).all() as T[]) : [];
    const schema = rows<{ name: string }>('kysely_migration', 'select name from kysely_migration order by name');
    // Entries have had hashes since acts are noted before they are done.
    const [audit] = rows<{ seq: number; hash: string }>(
      'audit_begun',
      'select seq, hash from audit order by seq desc limit 1',
    );
    const versions = rows<{ version: string }>(
      'config_versions',
      'select version from config_versions group by version order by max(number) desc',
    );
    return {
      schema: schema.map(({ name }) => name),
      audit: audit ? { seq: Number(audit.seq), hash: audit.hash } : null,
      configVersions: versions.map(({ version }) => version),
    };
  } catch (error) {
    throw new Error(`the database is damaged: ${messageOf(error)}`, { cause: error });
  } finally {
    database.close();
  }
}
