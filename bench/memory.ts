/**
 * What a connected envoy costs a spoke: resident memory while 5,000 of them are connected, and CPU when each of them checks
 * in once, so that each check-in brings its own row to the disk.
 *
 * Floor: the same sessions at a bare `http2` echo.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type Load, startLoad } from './load/load.ts';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { checkInCall } from './support/check-in-call.ts';
import { openEnvoyParty } from './support/envoy-party.ts';
import { cpuMicros, openFilesLimit, residentKib } from './support/proc.ts';
import { ratios, summarize } from './support/stats.ts';

// Room for what a process has open beside its connections.
const OTHER_FILES = 200;
// Sessions before the first look at memory: code is loaded and compiled by then.
const WARM_UP = 100;
const WARM_UP_CALLS = 3_000;
const CONCURRENCY = 64;
// Longer than a spoke waits before it writes check-ins to disk.
const FLUSH_MS = 6_000;

interface Party {
  readonly name: string;
  readonly pid: number;
  readonly load: Load;
  base: number;
}

async function connect(party: Party, sessions: number): Promise<number> {
  await party.load.open(party.name, WARM_UP);
  await party.load.call(party.name, WARM_UP_CALLS, CONCURRENCY);
  await wait(FLUSH_MS);
  const before = residentKib(party.pid);
  await party.load.open(party.name, sessions + WARM_UP);
  await party.load.call(party.name, sessions + WARM_UP, CONCURRENCY);
  await wait(FLUSH_MS);
  return (residentKib(party.pid) - before) / sessions;
}

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const limit = openFilesLimit() - OTHER_FILES - WARM_UP;
  const wanted = context.quick ? 300 : 5_000;
  const sessions = Math.min(wanted, limit);
  if (sessions < wanted) context.log(`only ${sessions} sessions: raise the limit of open files (ulimit -n)`);
  context.log(`${sessions} sessions, each with a certificate of its own`);
  const spokeLoad = startLoad(context);
  const echoLoad = startLoad(context);
  const { spoke, targetOf, startEcho } = await openEnvoyParty(context, sessions + WARM_UP, checkInCall);
  const echo = await startEcho('http2', 8);
  await spokeLoad.target('spoke', targetOf(spoke, 'spoke'));
  await echoLoad.target('echo', targetOf(echo, 'http2'));
  const parties: Party[] = [
    { name: 'spoke', pid: spoke.pid, load: spokeLoad, base: 0 },
    { name: 'echo', pid: echo.pid, load: echoLoad, base: 0 },
  ];
  const [atSpoke, atEcho] = (await Promise.all(parties.map((party) => connect(party, sessions)))) as [number, number];

  const cpu = new Map(parties.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < (context.quick ? 1 : 3); round++) {
    for (const party of parties) party.base = cpuMicros(party.pid);
    for (const { load, name } of parties) await load.call(name, sessions, CONCURRENCY);
    await wait(FLUSH_MS);
    for (const { pid, name, base } of parties) cpu.get(name)?.push((cpuMicros(pid) - base) / sessions);
  }
  const [spokeCpu, echoCpu] = [cpu.get('spoke') ?? [], cpu.get('echo') ?? []];
  const ratio = ratios(spokeCpu, echoCpu);
  return [
    {
      what: `memory per connected envoy, ${sessions} connected`,
      unit: 'KiB',
      measured: summarize([atSpoke]),
      floor: { what: 'http2 echo', value: summarize([atEcho]) },
      ratio: ratios([atSpoke], [atEcho]),
      goal: '≤ 70 KiB',
      met: atSpoke <= 70,
    },
    {
      what: `CPU per check-in, ${sessions} envoys once each, their rows written`,
      unit: 'µs',
      measured: summarize(spokeCpu),
      floor: { what: 'http2 echo', value: summarize(echoCpu) },
      ratio,
      goal: '≤ 1.5 ×',
      met: ratio.median <= 1.5,
    },
  ];
}

export const memory: Benchmark = { name: 'memory', summary: 'resident memory per connected envoy', run };
