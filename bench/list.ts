/**
 * A list of the whole fleet through the hub: 100,000 envoys on ten spokes, each a process of its own.
 *
 * Floor: a client that knows all spokes and asks them itself, all at once, until the slowest has answered to its end.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@connectrpc/connect';
import { type AdminService, SpokeHealth } from '../src/gen/vigo/v1/admin_pb.js';
import type { SpokeService } from '../src/gen/vigo/v1/spoke_pb.js';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { type BenchFleet, createFleet } from './support/fleet.ts';
import { connectToHub } from './support/hub-connection.ts';
import { peakResidentKib, resetPeakResident, residentKib } from './support/proc.ts';
import { type RunningServer, timeProcess } from './support/processes.ts';
import { inventEnvoys, type SeedEnvoy, seedDirectory, seedSpoke } from './support/seed.ts';
import { connectToSpokes } from './support/spoke-connections.ts';
import { ratios, summarize } from './support/stats.ts';

type Admin = Client<typeof AdminService>;

const SPOKES = 10;
const FANOUT_TIMEOUT_MS = 2_000;
const WARM_UP_PAGES = 100;
const PAGES_PER_ROUND = 9;
const HEALTH = { interval: '500ms', threshold: 3 };
// Three failed probes, each with its own deadline and the pause before it, take three seconds.
const UNHEALTHY_WITHIN_MS = 20_000;

interface Fleet {
  readonly fleet: BenchFleet;
  readonly hub: RunningServer;
  readonly spokes: readonly (RunningServer & { readonly id: string })[];
}

async function startFleet(context: BenchContext, envoysPerSpoke: number): Promise<Fleet> {
  const fleet = await createFleet(context);
  const placed = new Map<string, SeedEnvoy[]>();
  for (let i = 1; i <= SPOKES; i++) placed.set(`dc${i}`, inventEnvoys(`dc${i}`, envoysPerSpoke));
  for (const [id, envoys] of placed) await seedSpoke(fleet.dirOf(id), envoys);
  await seedDirectory(fleet.dirOf('hub'), placed);
  const spokes = await Promise.all([...placed.keys()].map(async (id) => ({ id, ...(await fleet.startSpoke(id)) })));
  const hub = await fleet.startHub(
    spokes.map(({ id, ready }) => ({ id, addr: ready.grpc, patterns: [`*.${id}.*`] })),
    { fanout_timeout: `${FANOUT_TIMEOUT_MS}ms`, auto_failover: HEALTH },
  );
  return { fleet, hub, spokes };
}

/** All spokes at once, every row read. */
async function directClients(context: BenchContext, { fleet, spokes }: Fleet): Promise<() => Promise<number>> {
  const clients = await connectToSpokes(context, fleet, spokes);
  const rowsOf = async (client: Client<typeof SpokeService>) => {
    let rows = 0;
    for await (const { table } of client.listEnvoys({})) rows += table?.ids.length ?? 0;
    return rows;
  };
  return async () => (await Promise.all(clients.map(rowsOf))).reduce((sum, rows) => sum + rows, 0);
}

async function listAll(admin: Admin): Promise<number> {
  let rows = 0;
  for await (const { table } of admin.streamEnvoys({})) rows += table?.ids.length ?? 0;
  return rows;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** The same, and all rows must be there. */
function timedAll(total: number, list: () => Promise<number>): Promise<number> {
  return timed(async () => {
    const rows = await list();
    if (rows !== total) throw new Error(`${rows} of ${total} rows`);
  });
}

async function healthyLists(context: BenchContext, all: Fleet, total: number): Promise<BenchRow[]> {
  const admin = await connectToHub(context, all.fleet, all.hub);
  const direct = await directClients(context, all);
  const times = { direct: [] as number[], all: [] as number[], page: [] as number[], process: [] as number[] };
  const growths: number[] = [];
  const residentAtStart = residentKib(all.hub.pid);
  const rounds = context.quick ? 3 : 9;
  for (let round = 0; round <= rounds; round++) {
    const directMs = await timedAll(total, direct);
    const residentBefore = residentKib(all.hub.pid);
    resetPeakResident(all.hub.pid);
    const allMs = await timedAll(total, () => listAll(admin));
    // The kernel counts the peak in larger steps than the present.
    growths.push(Math.max(0, peakResidentKib(all.hub.pid) - residentBefore) / 1024);
    // The first round connects, compiles and sorts; a page is so short that it takes some until its code is compiled.
    const pages: number[] = [];
    for (let i = 0; i < (round === 0 ? WARM_UP_PAGES : PAGES_PER_ROUND); i++) {
      pages.push(await timed(() => admin.listEnvoys({ limit: 100 })));
    }
    if (round === 0) continue;
    times.direct.push(directMs);
    times.all.push(allMs);
    times.page.push(summarize(pages).median);
  }
  const growth = summarize(growths);
  const sinceStart = (residentKib(all.hub.pid) - residentAtStart) / 1024;
  const command = ['bin/run.js', 'envoys', 'list', '--all', '--json', '--data-dir', all.fleet.dirOf('hub')];
  for (let i = 0; i < 3; i++) times.process.push(await timeProcess(command, {}));

  const direct100 = { what: 'ten spokes asked directly', value: summarize(times.direct) };
  const ratio = ratios(times.all, times.direct);
  const page = summarize(times.page);
  const pageShare = ratios(times.page, times.all);
  return [
    {
      what: `all ${total} rows`,
      unit: 'ms',
      measured: summarize(times.all),
      floor: direct100,
      ratio,
      goal: '≤ 1.5 ×',
      met: ratio.median <= 1.5,
    },
    {
      what: 'memory of the hub grows during one of them by',
      unit: 'MiB',
      measured: growth,
      goal: '< 64 MiB',
      met: growth.max < 64,
    },
    { what: 'and since its start, after all of them, by', unit: 'MiB', measured: summarize([sinceStart]) },
    { what: 'the same with the CLI, --all --json, whole process', unit: 'ms', measured: summarize(times.process) },
    {
      what: 'first page (100 rows), median of nine after each list',
      unit: 'ms',
      measured: page,
      floor: { what: 'all rows', value: summarize(times.all) },
      ratio: pageShare,
      goal: '≤ 150 ms, ≤ 0.05 × of all',
      met: page.median <= 150 && pageShare.median <= 1 / 20,
    },
  ];
}

async function untilUnhealthy(admin: Admin, spoke: string): Promise<void> {
  const end = performance.now() + UNHEALTHY_WITHIN_MS;
  for (;;) {
    const { spokes } = await admin.getSpannerStatus({});
    if (spokes.find(({ id }) => id === spoke)?.health === SpokeHealth.UNHEALTHY) return;
    if (performance.now() > end) throw new Error(`${spoke} is not called unhealthy after ${UNHEALTHY_WITHIN_MS} ms`);
    await wait(100);
  }
}

/** One spoke is stopped in the middle of its life: its connection stands, nothing comes back. */
async function listsWithDeadSpoke(context: BenchContext, all: Fleet): Promise<BenchRow[]> {
  const admin = await connectToHub(context, all.fleet, all.hub);
  const dead = all.spokes[SPOKES - 1] as Fleet['spokes'][number];
  const page = () => timed(() => admin.listEnvoys({ limit: 100 }));
  const healthy: number[] = [];
  for (let i = 0; i < 9; i++) healthy.push(await page());
  process.kill(dead.pid, 'SIGSTOP');
  const first = await page();
  await untilUnhealthy(admin, dead.id);
  const later: number[] = [];
  for (let i = 0; i < 9; i++) later.push(await page());
  const value = { what: 'all spokes alive', value: summarize(healthy) };
  const laterSummary = summarize(later);
  return [
    {
      what: 'first page when a spoke has just died',
      unit: 'ms',
      measured: summarize([first]),
      floor: { what: 'its deadline', value: summarize([FANOUT_TIMEOUT_MS]) },
      ratio: summarize([first / FANOUT_TIMEOUT_MS]),
      goal: 'its deadline, once',
      met: first < FANOUT_TIMEOUT_MS * 1.1,
    },
    {
      what: 'first page when it is known to be unhealthy',
      unit: 'ms',
      measured: laterSummary,
      floor: value,
      goal: 'nothing more',
      // Less than the spread of a page on a busy machine.
      met: laterSummary.median <= value.value.median * 1.5 + 5,
    },
  ];
}

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const perSpoke = context.quick ? 500 : 10_000;
  context.log(`${SPOKES} spokes with ${perSpoke} envoys each`);
  const all = await startFleet(context, perSpoke);
  return [...(await healthyLists(context, all, SPOKES * perSpoke)), ...(await listsWithDeadSpoke(context, all))];
}

export const list: Benchmark = { name: 'list', summary: 'a list of 100,000 envoys on ten spokes', run };
