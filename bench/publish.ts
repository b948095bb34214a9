/**
 * From the publish to the moment at which all of ten spokes serve the new tree of 10 MiB: hub and spokes are processes, each
 * round has another tree.
 *
 * Floor: ten bare receivers, processes as well, that are given the same archive over mTLS at once, put it on disk and
 * extract it. What the hub itself does before, to take the tree in and to check it, has no part in the floor.
 */
import { join } from 'node:path';
import type { Client } from '@connectrpc/connect';
import { type AdminService, type PublishedConfig, SyncOutcome } from '../src/gen/vigo/v1/admin_pb.js';
import type { SpokeService } from '../src/gen/vigo/v1/spoke_pb.js';
import { CHUNK_BYTES, uploadOf } from '../src/rpc/archive-upload.ts';
import { writeTree } from '../src/server/live/tree-on-disk.ts';
import { type PackedArchive, packArchive } from '../src/stacks/pack-archive.ts';
import { startBareReceivers } from './support/bare-receivers.ts';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { createFleet } from './support/fleet.ts';
import { connectToHub } from './support/hub-connection.ts';
import { timeProcess } from './support/processes.ts';
import { connectToSpokes } from './support/spoke-connections.ts';
import { ratios, summarize } from './support/stats.ts';
import { treeToPublish } from './support/tree-to-publish.ts';

type Admin = Client<typeof AdminService>;
type Spokes = readonly Client<typeof SpokeService>[];

const MIB = 1024 * 1024;

async function* chunksOf(bytes: Buffer) {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

async function publish(admin: Admin, { version, bytes }: PackedArchive): Promise<PublishedConfig> {
  const header = { digest: version, size: bytes.length, message: 'benchmark' };
  const { problems, published } = await admin.publishConfig(uploadOf(header, chunksOf(bytes)));
  if (!published) throw new Error(`the tree was refused: ${problems[0]?.file}: ${problems[0]?.message}`);
  return published;
}

/** The hub and each spoke itself must say that `version` is served. */
async function checkServed(admin: Admin, spokes: Spokes, version: string): Promise<void> {
  const status = await admin.getConfigStatus({});
  const said = await Promise.all(spokes.map(async (spoke) => (await spoke.status({})).configVersion));
  const all = [status.current?.version, ...status.spokes.map((spoke) => spoke.version), ...said];
  if (all.length !== 1 + 2 * spokes.length || all.some((each) => each !== version))
    throw new Error(`${version} was published, but served are ${all.join(', ')}`);
}

async function openFleet(context: BenchContext, count: number) {
  const fleet = await createFleet(context);
  const ids = Array.from({ length: count }, (_, i) => `dc${i + 1}`);
  const servers = await Promise.all(ids.map(async (id) => ({ id, ...(await fleet.startSpoke(id)) })));
  const hub = await fleet.startHub(servers.map(({ id, ready }) => ({ id, addr: ready.grpc, patterns: [`*.${id}.*`] })));
  return {
    fleet,
    admin: await connectToHub(context, fleet, hub),
    spokes: await connectToSpokes(context, fleet, servers),
  };
}

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const bytes = context.quick ? MIB : 10 * MIB;
  const rounds = context.quick ? 2 : 6;
  const count = context.quick ? 3 : 10;
  const { fleet, admin, spokes } = await openFleet(context, count);
  const receivers = await startBareReceivers(context, fleet, count);
  context.log(`${count} spokes, ${rounds} trees of ${bytes / MIB} MiB in ${treeToPublish(bytes).size} files`);

  const times = { all: [] as number[], slowest: [] as number[], floor: [] as number[], process: [] as number[] };
  // The first round connects and compiles.
  for (let round = 0; round <= rounds; round++) {
    const archive = await packArchive(treeToPublish(bytes));
    const begin = performance.now();
    const published = await publish(admin, archive);
    const all = performance.now() - begin;
    if (published.spokes.some(({ outcome }) => outcome !== SyncOutcome.SYNCED)) throw new Error('a spoke was skipped');
    await checkServed(admin, spokes, archive.version);
    const floorBegin = performance.now();
    await receivers.give(archive.bytes);
    const floor = performance.now() - floorBegin;
    if (round === 0) continue;
    times.all.push(all);
    times.slowest.push(Math.max(...published.spokes.map(({ durationMs }) => durationMs)));
    times.floor.push(floor);
  }
  for (let i = 0; i < (context.quick ? 1 : 3); i++) {
    const tree = treeToPublish(bytes);
    const dir = join(context.dir, `stacks${i}`);
    await writeTree(dir, tree);
    times.process.push(
      await timeProcess(['bin/run.js', 'config', 'publish', '--stacks', dir, '--data-dir', fleet.dirOf('hub')], {}),
    );
    await checkServed(admin, spokes, (await packArchive(tree)).version);
  }
  const floor = { what: `${count} bare receivers`, value: summarize(times.floor) };
  return [
    {
      what: `publish of ${bytes / MIB} MiB, until all ${count} spokes serve it`,
      unit: 'ms',
      measured: summarize(times.all),
      floor,
      ratio: ratios(times.all, times.floor),
    },
    {
      what: 'of it: from the hub to the slowest spoke',
      unit: 'ms',
      measured: summarize(times.slowest),
      floor,
      ratio: ratios(times.slowest, times.floor),
    },
    { what: 'with the CLI, which packs it, whole process', unit: 'ms', measured: summarize(times.process) },
  ];
}

export const publishing: Benchmark = { name: 'publish', summary: 'a tree from the publish to all of ten spokes', run };
