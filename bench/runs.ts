/**
 * Runs that a spoke accepts durably: 500 agents that each deliver one run of twenty results after the other, acknowledged
 * when it is on disk.
 *
 * Floor of the rate: the same rows straight into SQLite, 500 a transaction. That is the most that the spoke ever commits at
 * once, and the most that can wait when 500 agents deliver one run at a time. Floor of the CPU: what that takes, and what a
 * bare `http2` echo takes for a call of the same size.
 *
 * At the end the spoke's database must have exactly the runs that were acknowledged.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startLoad } from './load/load.ts';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { type EnvoyParty, openEnvoyParty } from './support/envoy-party.ts';
import { cpuMicros } from './support/proc.ts';
import { realisticRun, reportRunCall } from './support/realistic-run.ts';
import { openSqlRuns } from './support/sql-runs.ts';
import { ratios, summarize } from './support/stats.ts';

/** What the spoke commits at once at most. */
const PER_TRANSACTION = 500;
/** An acknowledgement is an empty message. */
const ANSWER_BYTES = 0;
/** None is deleted while they are counted. */
const KEEP_ALL = { runs: { max_per_envoy: 100_000 } };

/** Every run that was acknowledged, none more, and no envoy whose verdict comes from a run that is not there. */
async function checkRows({ spoke, spokeDir }: EnvoyParty, acknowledged: number): Promise<void> {
  await spoke.stop();
  const db = new DatabaseSync(join(spokeDir, 'vigo.db'), { readOnly: true });
  const row = db
    .prepare(`select (select count(*) from runs) as stored,
                     (select count(*) from envoys where last_run_id not in (select id from runs)) as unfounded`)
    .get();
  db.close();
  if (row?.stored !== acknowledged || row.unfounded !== 0)
    throw new Error(`${acknowledged} runs acknowledged, ${row?.stored} stored, ${row?.unfounded} verdicts unfounded`);
}

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const sessions = context.quick ? 50 : PER_TRANSACTION;
  const runs = sessions * 10;
  const rounds = context.quick ? 2 : 9;
  context.log(`${sessions} sessions, ${rounds} rounds of ${runs} runs`);
  const sent = realisticRun();
  const party = await openEnvoyParty(context, sessions, () => reportRunCall(sent), KEEP_ALL);
  const { spoke, envoys, targetOf } = party;
  const echo = await party.startEcho('http2', ANSWER_BYTES);
  const sqlRuns = await openSqlRuns(context, { envoys, run: sent, perTransaction: PER_TRANSACTION });
  const load = startLoad(context);
  await load.target('spoke', targetOf(spoke, 'spoke'));
  await load.target('echo', targetOf(echo, 'http2'));
  for (const name of ['spoke', 'echo']) await load.open(name, sessions);

  const deliver = async (name: string, pid: number) => {
    const before = cpuMicros(pid);
    const perSecond = await load.call(name, runs, sessions);
    return { perSecond, cpuMicrosPerRun: (cpuMicros(pid) - before) / runs };
  };
  const rate = { spoke: [] as number[], sql: [] as number[] };
  const cpu = { spoke: [] as number[], floor: [] as number[], sql: [] as number[] };
  let acknowledged = 0;
  for (let round = 0; round <= rounds; round++) {
    const atSpoke = await deliver('spoke', spoke.pid);
    acknowledged += runs;
    const atEcho = await deliver('echo', echo.pid);
    const inSql = sqlRuns.write(runs);
    if (round === 0) continue;
    rate.spoke.push(atSpoke.perSecond);
    rate.sql.push(inSql.perSecond);
    cpu.spoke.push(atSpoke.cpuMicrosPerRun);
    cpu.floor.push(atEcho.cpuMicrosPerRun + inSql.cpuMicrosPerRun);
    cpu.sql.push(inSql.cpuMicrosPerRun);
  }
  await checkRows(party, acknowledged);
  return [
    {
      what: `runs accepted durably, one spoke, ${sessions} agents`,
      unit: '/s',
      measured: summarize(rate.spoke),
      floor: { what: `straight into SQLite, ${PER_TRANSACTION} a transaction`, value: summarize(rate.sql) },
      ratio: ratios(rate.spoke, rate.sql),
    },
    {
      what: 'CPU per run',
      unit: 'µs',
      measured: summarize(cpu.spoke),
      floor: { what: 'http2 echo and SQLite', value: summarize(cpu.floor) },
      ratio: ratios(cpu.spoke, cpu.floor),
    },
    { what: 'SQLite alone, for comparison', unit: 'µs', measured: summarize(cpu.sql) },
  ];
}

export const runs: Benchmark = { name: 'runs', summary: 'runs that a spoke accepts durably', run };
