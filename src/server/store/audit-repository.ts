/** The audit log on the hub's disk: entries are appended, never changed. */

import type { AuditBegunTable, AuditTable } from './access-schema.ts';
import type { Database } from './database.ts';

export type AuditRow = AuditTable;
export type BegunRow = AuditBegunTable;

export interface AuditQuery {
  readonly limit: number;
  readonly before?: number | undefined;
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
  /** An action, or what its name begins with before a dot. */
  readonly action?: string | undefined;
}

/** The newest entry, as it was noted beside the log. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditRepository {
  /** In one transaction: the entry, that it is the newest, and that the act `begun` has ended. */
  append(row: AuditRow, begun?: string): Promise<void>;
  begin(row: BegunRow): Promise<void>;
  /** Acts that have begun and not ended, oldest first. */
  begun(): Promise<BegunRow[]>;
  last(): Promise<AuditRow | undefined>;
  /** The newest entry that was ever appended; undefined if none was, or by a program that did not note it. */
  head(): Promise<AuditHead | undefined>;
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditRow[]>;
  /** Oldest first, in the order of the disk's numbers; those behind `after`. */
  after(after: number, limit: number): Promise<AuditRow[]>;
}

const HEAD = 'audit-head';

export function createAuditRepository(db: Database): AuditRepository {
  const plain = (row: AuditRow): AuditRow => ({ ...row, at: Number(row.at) });
  const list = async ({ limit, before, subject, actor, action }: AuditQuery): Promise<AuditRow[]> => {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .$if(before !== undefined, (query) => query.where('seq', '<', before as number))
      .$if(subject !== undefined, (query) => query.where('subject', '=', subject as string))
      .$if(actor !== undefined, (query) => query.where('actor', '=', actor as string))
      .$if(action !== undefined, (query) =>
        query.where(({ eb, or, and }) =>
          or([
            eb('action', '=', action as string),
            // All names that begin with "spoke.": "/" comes right after the dot.
            and([eb('action', '>=', `${action}.`), eb('action', '<', `${action}/`)]),
          ]),
        ),
      )
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute();
    return rows.map(plain);
  };
  return {
    async append(row, begun) {
      const value = JSON.stringify({ seq: row.seq, hash: row.hash } satisfies AuditHead);
      await db.transaction().execute(async (trx) => {
        await trx.insertInto('audit').values(row).execute();
        await trx
          .insertInto('meta')
          .values({ key: HEAD, value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute();
        if (begun !== undefined) await trx.deleteFrom('audit_begun').where('id', '=', begun).execute();
      });
    },
    async begin(row) {
      await db.insertInto('audit_begun').values(row).execute();
    },
    async begun() {
      const rows = await db.selectFrom('audit_begun').selectAll().orderBy('at').orderBy('id').execute();
      return rows.map((row) => ({ ...row, at: Number(row.at) }));
    },
    last: async () => (await list({ limit: 1 }))[0],
    async head() {
      const row = await db.selectFrom('meta').select('value').where('key', '=', HEAD).executeTakeFirst();
      return row && (JSON.parse(row.value) as AuditHead);
    },
    list,
    async after(after, limit) {
      const rows = await db
        .selectFrom('audit')
        .selectAll()
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map(plain);
    },
  };
}
