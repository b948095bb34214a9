/** Runs without the program: what a spoke writes for them, many in one transaction, through prepared statements. */
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type Run, RunSchema } from '../../src/gen/vigo/v1/types_pb.js';
import type { BenchContext } from './benchmark.ts';
import { cpuMicros } from './proc.ts';
import { createRunIds } from './run-ids.ts';
import { type SeedEnvoy, seedSpoke } from './seed.ts';
import { openSqlStore } from './sql-store.ts';

export interface SqlRuns {
  /** Writes so many runs of the envoys in turn. */
  write(runs: number): { readonly perSecond: number; readonly cpuMicrosPerRun: number };
}

/** `run` of each of the envoys under another id; transactions have `perTransaction` runs and the verdicts that follow. */
export async function openSqlRuns(
  context: BenchContext,
  options: { readonly envoys: readonly SeedEnvoy[]; readonly run: Run; readonly perTransaction: number },
): Promise<SqlRuns> {
  const { envoys, run, perTransaction } = options;
  const store = await openSqlStore(context, 'runs', (dir) => seedSpoke(dir, envoys));
  const nextId = createRunIds();
  const results = toBinary(RunSchema, create(RunSchema, { results: run.results }));
  const startedAt = run.startedAt ? timestampMs(run.startedAt) : 0;
  const { durationMs, configVersion, ok, changed, failed, skipped, error } = run;

  const commit = (first: number, count: number): void => {
    const now = Date.now();
    const batch = Array.from({ length: count }, (_, i) => ({
      id: nextId(),
      envoy: (envoys[(first + i) % envoys.length] as SeedEnvoy).id,
    }));
    store.transaction(() => {
      store.run(
        'insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        batch.map(({ id, envoy }) => [
          ...[id, envoy, startedAt, durationMs, now, configVersion],
          ...[ok, changed, failed, skipped, error, results],
        ]),
      );
      store.run(
        `update envoys set status = 'diverged', drift = 'changed', changed_streak = changed_streak + 1, last_run_id = ?
         where id = ?`,
        batch.map(({ id, envoy }) => [id, envoy]),
      );
    });
  };
  return {
    write(runs) {
      const [begin, cpu] = [performance.now(), cpuMicros(process.pid)];
      for (let first = 0; first < runs; first += perTransaction) commit(first, Math.min(perTransaction, runs - first));
      return {
        perSecond: (runs / (performance.now() - begin)) * 1000,
        cpuMicrosPerRun: (cpuMicros(process.pid) - cpu) / runs,
      };
    },
  };
}
