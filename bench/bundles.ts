/**
 * Bundles resolved by one spoke from a tree of 500 configcrates, in this process: for envoys that get all of them, and for
 * envoys with a role of twenty. Traits differ from envoy to envoy, so that none shares a bundle with another.
 *
 * Floors: the same templates, parsed before, rendered straight with LiquidJS and the result as JSON; for an answer that is
 * kept, a SHA-256 of what was asked and a look into a map; for opening the tree, its files parsed by the same libraries.
 */
import { createHash } from 'node:crypto';
import { silentLogger } from '../src/platform/logger.ts';
import { RESOURCE_TYPES } from '../src/resources/index.ts';
import type { ReadyBundle } from '../src/server/spoke/policy/bundle-cache.ts';
import { type Bundles, createBundles, type PolicySource } from '../src/server/spoke/policy/bundles.ts';
import { parseTraits } from '../src/server/spoke/traits.ts';
import { openPolicy } from '../src/stacks/open-policy.ts';
import type { StacksFiles } from '../src/stacks/stacks-files.ts';
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { largeStacks } from './support/large-stacks.ts';
import { openPlainPolicy } from './support/plain-policy.ts';
import { realisticTraits } from './support/seed.ts';
import { ratios, summarize } from './support/stats.ts';

const OF_ROLE = 20;
const ROLES = { all: 'everything', role: 'web' } as const;
type Kind = keyof typeof ROLES;

interface Envoy {
  readonly hostname: string;
  readonly traitsJson: Uint8Array;
}

/** Round by round. */
interface Series {
  readonly ours: number[];
  readonly floor: number[];
}

function add(series: Series, ours: number, floor: number): void {
  series.ours.push(ours);
  series.floor.push(floor);
}

function row(what: string, unit: string, { ours, floor }: Series, floorWhat: string): BenchRow {
  const value = summarize(floor);
  return { what, unit, measured: summarize(ours), floor: { what: floorWhat, value }, ratio: ratios(ours, floor) };
}

/** Calls of `work` per second. */
function rateOf(calls: number, work: (i: number) => void): number {
  const begin = performance.now();
  for (let i = 0; i < calls; i++) work(i);
  return (calls / (performance.now() - begin)) * 1000;
}

function millis(work: () => unknown): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

/** What a spoke does for an agent that asks for its bundle. */
function ask(bundles: Bundles, { hostname, traitsJson }: Envoy): ReadyBundle {
  const ready = bundles.bundleFor({ hostname, traits: parseTraits(hostname, traitsJson) });
  if (ready?.bundle.error !== '') throw new Error(`${hostname} has no bundle: ${ready?.bundle.error}`);
  return ready;
}

/** Bundles as a spoke makes them, and how often one had to be resolved. */
function openBundles(files: StacksFiles): { readonly bundles: Bundles; resolved(): number } {
  let resolved = 0;
  const open = () => {
    const resolver = openPolicy(files, RESOURCE_TYPES);
    const resolve: typeof resolver.resolve = (envoy) => {
      resolved++;
      return resolver.resolve(envoy);
    };
    return { ...resolver, resolve };
  };
  const current = { version: 'benchmark', files };
  const source: PolicySource = { current, onSwitch: (listener) => listener(current) };
  return { bundles: createBundles({ source, open, logger: silentLogger }), resolved: () => resolved };
}

const digestOf = ({ hostname, traitsJson }: Envoy): string =>
  createHash('sha256').update(hostname).update(traitsJson).digest('base64');

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const crates = context.quick ? 50 : 500;
  const rounds = context.quick ? 2 : 9;
  const envoysOf: Record<Kind, number> = context.quick ? { all: 3, role: 10 } : { all: 10, role: 250 };
  const calls = context.quick ? 100 : 5_000;
  const stacks = largeStacks(crates, OF_ROLE);
  context.log(`${crates} configcrates in ${stacks.files.size} files, ${rounds} rounds`);
  const { bundles, resolved } = openBundles(stacks.files);
  const plain = openPlainPolicy(stacks.files);
  const bytes: Record<Kind, number> = { all: 0, role: 0 };
  const series = (): Series => ({ ours: [], floor: [] });
  const cold = { all: series(), role: series() };
  const kept = { all: series(), role: series() };
  const opened = series();

  /** Envoys that have not been seen before ask once, and then again and again. */
  const measure = (kind: Kind) => {
    const envoys = Array.from({ length: envoysOf[kind] }, (): Envoy => {
      const hostname = stacks.hostname(kind);
      return { hostname, traitsJson: realisticTraits(hostname) };
    });
    const envoy = (i: number) => envoys[i % envoys.length] as Envoy;
    const expected = resolved() + envoys.length;
    const ours = rateOf(envoys.length, (i) => ask(bundles, envoy(i)));
    const floor = rateOf(envoys.length, (i) => plain.render(ROLES[kind], envoy(i).hostname, envoy(i).traitsJson));
    const keptOurs = rateOf(calls, (i) => ask(bundles, envoy(i)));
    if (resolved() !== expected) throw new Error(`${resolved()} bundles resolved, not ${expected}`);
    const answers = new Map(envoys.map((each) => [digestOf(each), each]));
    const keptFloor = rateOf(calls, (i) => answers.get(digestOf(envoy(i))));
    bytes[kind] = ask(bundles, envoy(0)).size;
    return { ours, floor, keptOurs, keptFloor };
  };
  // The first round warms up the compiler.
  for (let round = 0; round <= rounds; round++) {
    for (const kind of ['all', 'role'] as const) {
      const { ours, floor, keptOurs, keptFloor } = measure(kind);
      if (round > 0) add(cold[kind], ours, floor);
      if (round > 0) add(kept[kind], keptOurs, keptFloor);
    }
    const ours = millis(() => openPolicy(stacks.files, RESOURCE_TYPES));
    const floor = millis(() => openPlainPolicy(stacks.files));
    if (round > 0) add(opened, ours, floor);
  }

  const kib = (kind: Kind) => `${Math.round(bytes[kind] / 1024)} KiB`;
  return [
    row(`bundles of all ${crates} configcrates, ${kib('all')}`, '/s', cold.all, 'LiquidJS and JSON'),
    row(`bundles of a role of ${OF_ROLE}, ${kib('role')}`, '/s', cold.role, 'LiquidJS and JSON'),
    row('bundles of all, kept', '/s', kept.all, 'SHA-256 and a map'),
    row('bundles of the role, kept', '/s', kept.role, 'SHA-256 and a map'),
    row(`opening the tree of ${crates} configcrates`, 'ms', opened, 'YAML and LiquidJS'),
  ];
}

export const bundles: Benchmark = { name: 'bundles', summary: 'bundles resolved from 500 configcrates', run };
