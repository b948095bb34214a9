/**
 * What a no-change check-in costs a spoke, everything included: TLS, HTTP/2, RPC, the decision, logs, timers, the disk.
 *
 * And what a check-in costs that the spoke refuses because there are too many.
 *
 * Floor: the cheaper of a bare `http2` echo and a grpc-js echo, called by the same client with messages of the same size.
 */
import { startLoad } from './load/load.ts';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { checkInCall } from './support/check-in-call.ts';
import { openEnvoyParty } from './support/envoy-party.ts';
import { cpuMicros } from './support/proc.ts';
import { ratios, summarize } from './support/stats.ts';

const KINDS = ['spoke', 'full', 'http2', 'grpc'] as const;
type Kind = (typeof KINDS)[number];

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const sessions = context.quick ? 20 : 200;
  const calls = context.quick ? 1_000 : 10_000;
  const rounds = context.quick ? 3 : 9;
  context.log(`${sessions} sessions, ${rounds} rounds of ${calls} calls to each of ${KINDS.join(', ')}`);
  const party = await openEnvoyParty(context, sessions, checkInCall);
  const load = startLoad(context);
  await load.target('spoke', party.targetOf(party.spoke, 'spoke'));
  await load.open('spoke', sessions);
  const answerBytes = await load.answerBytes('spoke');
  const full = await party.startFullSpoke();
  await load.target('full', party.targetOf(full, 'full'));
  await load.open('full', sessions);
  const pids: Record<Kind, number> = { spoke: party.spoke.pid, full: full.pid, http2: 0, grpc: 0 };
  for (const kind of ['http2', 'grpc'] as const) {
    const echo = await party.startEcho(kind, answerBytes);
    pids[kind] = echo.pid;
    await load.target(kind, party.targetOf(echo, kind));
    await load.open(kind, sessions);
  }

  const cpu: Record<Kind, number[]> = { spoke: [], full: [], http2: [], grpc: [] };
  const rate: Record<Kind, number[]> = { spoke: [], full: [], http2: [], grpc: [] };
  // The first round warms up the compiler.
  for (let round = 0; round <= rounds; round++) {
    for (const kind of KINDS) {
      const before = cpuMicros(pids[kind]);
      const perSecond = await load.call(kind, calls, 32);
      if (round === 0) continue;
      cpu[kind].push((cpuMicros(pids[kind]) - before) / calls);
      rate[kind].push(perSecond);
    }
  }
  const [http2, grpc] = [summarize(cpu.http2), summarize(cpu.grpc)];
  const cheaper: Kind = http2.median <= grpc.median ? 'http2' : 'grpc';
  const ratio = ratios(cpu.spoke, cpu[cheaper]);
  return [
    {
      what: `CPU per check-in, ${sessions} sessions`,
      unit: 'µs',
      measured: summarize(cpu.spoke),
      floor: { what: `${cheaper} echo`, value: summarize(cpu[cheaper]) },
      ratio,
      goal: '≤ 1.5 ×',
      met: ratio.median <= 1.5,
    },
    {
      what: 'CPU per check-in that is refused',
      unit: 'µs',
      measured: summarize(cpu.full),
      floor: { what: 'one that is served', value: summarize(cpu.spoke) },
      ratio: ratios(cpu.full, cpu.spoke),
    },
    { what: 'the other echo, for comparison', unit: 'µs', measured: cheaper === 'http2' ? grpc : http2 },
    {
      what: 'check-ins per second, one server',
      unit: '/s',
      measured: summarize(rate.spoke),
      floor: { what: `${cheaper} echo`, value: summarize(rate[cheaper]) },
      ratio: ratios(rate.spoke, rate[cheaper]),
    },
  ];
}

export const checkIn: Benchmark = { name: 'check-in', summary: 'server CPU of one check-in', run };
