/**
 * Moves all 10,000 envoys of a spoke to another, and back: hub and both spokes on this machine, every step on disk before
 * the next.
 *
 * Floor: the same rows written straight into three SQLite files in the same batches and transactions, by one process.
 */
import type { Client } from '@connectrpc/connect';
import { type AdminService, MoveReason, MoveState } from '../src/gen/vigo/v1/admin_pb.js';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { createFleet } from './support/fleet.ts';
import { connectToHub } from './support/hub-connection.ts';
import { inventEnvoys, realisticTraits, seedDirectory, seedSpoke } from './support/seed.ts';
import { openSqlMove } from './support/sql-move.ts';
import { ratios, summarize } from './support/stats.ts';

type Admin = Client<typeof AdminService>;

/** Returns envoys per second, from the order to the end of the move. */
async function drainOnce(admin: Admin, from: string, to: string, envoys: number): Promise<number> {
  await admin.uncordonSpoke({ id: to });
  const begin = performance.now();
  const { move } = await admin.startMove({ reason: MoveReason.DRAIN, from, to });
  let last = move;
  for await (const watched of admin.watchMove({ id: move?.id ?? '' })) last = watched.move;
  const seconds = (performance.now() - begin) / 1000;
  if (last?.state !== MoveState.DONE || last.moved !== envoys) {
    throw new Error(`the move ended with state ${last?.state} and ${last?.moved} of ${envoys} envoys`);
  }
  return envoys / seconds;
}

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const envoys = context.quick ? 1_000 : 10_000;
  const rounds = context.quick ? 2 : 6;
  context.log(`${rounds} moves of ${envoys} envoys`);
  const fleet = await createFleet(context);
  const seeds = inventEnvoys('dc1', envoys, realisticTraits);
  await seedSpoke(fleet.dirOf('dc1'), seeds);
  await seedDirectory(fleet.dirOf('hub'), new Map([['dc1', seeds]]));
  const spokes = await Promise.all(['dc1', 'dc2'].map(async (id) => ({ id, ...(await fleet.startSpoke(id)) })));
  const hub = await fleet.startHub(spokes.map(({ id, ready }) => ({ id, addr: ready.grpc, patterns: [`*.${id}.*`] })));
  const admin = await connectToHub(context, fleet, hub);
  const sqlMove = await openSqlMove(context, seeds);

  const moved: number[] = [];
  const written: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const [from, to] = round % 2 === 0 ? (['dc1', 'dc2'] as const) : (['dc2', 'dc1'] as const);
    const rate = await drainOnce(admin, from, to, envoys);
    const floor = sqlMove.move(from, to, round + 2);
    if (round === 0) continue;
    moved.push(rate);
    written.push(floor);
  }
  const measured = summarize(moved);
  return [
    {
      what: `drain of ${envoys} envoys`,
      unit: 'envoys/s',
      measured,
      floor: { what: 'the same rows straight into SQLite', value: summarize(written) },
      ratio: ratios(moved, written),
      goal: '≥ 2,000 envoys/s',
      met: measured.median >= 2_000,
    },
  ];
}

export const drain: Benchmark = { name: 'drain', summary: 'moving 10,000 envoys to another spoke', run };
