/** A spoke's runs on disk, and with them the verdicts over its envoys. */
import { sql, type Transaction } from 'kysely';
import type { RunKey } from '../../fleet/run-order.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import type { EnvoysTable, RunsTable } from './spoke-schema.ts';

export type RunRow = RunsTable;

/** A run without its results, which may be large. */
export type RunSummaryRow = Omit<RunsTable, 'results'>;

/** What runs change about an envoy. */
export type EnvoyVerdict = Pick<EnvoysTable, 'id' | 'status' | 'drift' | 'changed_streak' | 'last_run_id'>;

export interface RunQuery {
  /** Undefined: of all envoys. */
  readonly envoyId?: string | undefined;
  /** Only runs behind this one. */
  readonly after?: RunKey | undefined;
  readonly limit: number;
}

export interface PruneRules {
  /** Runs that began before this go, milliseconds since 1970 UTC. */
  readonly before: number;
  /** So many stay of each envoy at most. */
  readonly perEnvoy: number;
}

export interface RunRepository {
  /**
   * One transaction: the runs are stored, each id once and for ever as it first came, and with them the verdicts that
   * `verdictsOf` makes of those that were new. Envoys that are gone are passed over.
   */
  commit(runs: readonly RunRow[], verdictsOf: (stored: ReadonlySet<string>) => readonly EnvoyVerdict[]): Promise<void>;
  /** Newest first. */
  list(query: RunQuery): Promise<RunSummaryRow[]>;
  find(id: string): Promise<RunRow | undefined>;
  /**
   * Deletes at most `limit` runs, in one statement, of the next `envoys` envoys behind the one with the id `after`. The
   * newest run of an envoy always stays. Returns the id of the last of these envoys; undefined if there are no more.
   */
  prune(rules: PruneRules, part: PrunePart): Promise<{ deleted: number; last: string | undefined }>;
}

export interface PrunePart {
  readonly after: string;
  readonly envoys: number;
  readonly limit: number;
}

const SUMMARY = [
  'id',
  'envoy_id',
  'started_at',
  'duration_ms',
  'received_at',
  'config_version',
  'ok',
  'changed',
  'failed',
  'skipped',
  'error',
] as const;

/** Rows of one statement. A batch of any length is made of few different statements, which stay prepared. */
const STEPS = [256, 64, 16, 4, 1] as const;

function* inSteps<T>(rows: readonly T[]): Generator<readonly T[]> {
  let start = 0;
  for (const step of STEPS) {
    for (; rows.length - start >= step; start += step) yield rows.slice(start, start + step);
  }
}

const summaryOf = <R extends RunSummaryRow>(row: R): R => ({
  ...row,
  started_at: Number(row.started_at),
  duration_ms: Number(row.duration_ms),
  received_at: Number(row.received_at),
});

export function createRunRepository(db: Database): RunRepository {
  return {
    commit: (runs, verdictsOf) =>
      db.transaction().execute(async (trx) => {
        const stored = await insertNew(trx, runs);
        if (stored.size > 0) await updateVerdicts(trx, verdictsOf(stored));
      }),
    async list({ envoyId, after, limit }) {
      let query = db.selectFrom('runs').select(SUMMARY);
      if (envoyId !== undefined) query = query.where('envoy_id', '=', envoyId);
      if (after) {
        query = query.where((eb) => eb(eb.refTuple('started_at', 'id'), '<', eb.tuple(after.startedAt, after.id)));
      }
      const rows = await query.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(summaryOf);
    },
    async find(id) {
      const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
      return row && summaryOf(row);
    },
    async prune(rules, { after, envoys, limit }) {
      const owners = await db
        .selectFrom('runs')
        .select('envoy_id')
        .distinct()
        .where('envoy_id', '>', after)
        .orderBy('envoy_id')
        .limit(envoys)
        .execute();
      const last = owners.at(-1)?.envoy_id;
      if (last === undefined) return { deleted: 0, last };
      const { numAffectedRows } = await sql`
        delete from runs where id in (
          select id from (
            select id, started_at, row_number() over (partition by envoy_id order by started_at desc, id desc) as place
            from runs where envoy_id > ${after} and envoy_id <= ${last}
          ) as ranked
          where place > 1 and (place > ${rules.perEnvoy} or started_at < ${rules.before})
          limit ${limit}
        )`.execute(db);
      return { deleted: Number(numAffectedRows ?? 0), last };
    },
  };
}

/** The ids of those that were not there yet. */
async function insertNew(trx: Transaction<Schema>, runs: readonly RunRow[]): Promise<Set<string>> {
  const stored = new Set<string>();
  for (const rows of inSteps(runs)) {
    const inserted = await trx
      .insertInto('runs')
      .values(rows)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .execute();
    for (const { id } of inserted) stored.add(id);
  }
  return stored;
}

async function updateVerdicts(trx: Transaction<Schema>, verdicts: readonly EnvoyVerdict[]): Promise<void> {
  for (const rows of inSteps(verdicts)) {
    const values = sql.join(
      rows.map((v) => sql`(${v.id}, ${v.status}, ${v.drift}, ${v.changed_streak}, ${v.last_run_id})`),
    );
    await sql`update envoys set status = v.column2, drift = v.column3, changed_streak = v.column4, last_run_id = v.column5
              from (values ${values}) as v where envoys.id = v.column1`.execute(trx);
  }
}
