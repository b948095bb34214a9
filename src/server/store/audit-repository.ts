/** The audit log on the hub's disk: entries are appended, never changed. */
import type { Database } from './database.ts';
import type { AuditTable } from './schema.ts';

export type AuditRow = AuditTable;

export interface AuditRepository {
  append(row: AuditRow): Promise<void>;
  last(): Promise<AuditRow | undefined>;
  /** Newest first; only those before `before`, only those on `subject`, where given. */
  list(query: AuditQuery): Promise<AuditRow[]>;
}

export interface AuditQuery {
  readonly limit: number;
  readonly before?: number | undefined;
  readonly subject?: string | undefined;
}

export function createAuditRepository(db: Database): AuditRepository {
  const list = async ({ limit, before, subject }: AuditQuery): Promise<AuditRow[]> => {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .$if(before !== undefined, (query) => query.where('seq', '<', before as number))
      .$if(subject !== undefined, (query) => query.where('subject', '=', subject as string))
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...row, at: Number(row.at) }));
  };
  return {
    async append(row) {
      await db.insertInto('audit').values(row).execute();
    },
    last: async () => (await list({ limit: 1 }))[0],
    list,
  };
}
