/** Whole processes of the CLI, from start to exit. Floor: `node -e 0`, which no program for Node can go below. */
import type { BenchContext, Benchmark, BenchRow } from './support/benchmark.ts';
import { createFleet } from './support/fleet.ts';
import { timeProcess } from './support/processes.ts';
import { inventEnvoys, seedDirectory, seedSpoke } from './support/seed.ts';
import { ratios, summarize } from './support/stats.ts';

// Under the name that a standalone server gives to its own partition.
const PARTITION = 'local';
const ENVOYS = 20;

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const rounds = context.quick ? 3 : 15;
  const fleet = await createFleet(context);
  const dir = fleet.dirOf('hub');
  const envoys = inventEnvoys(PARTITION, ENVOYS);
  await seedSpoke(dir, envoys);
  await seedDirectory(dir, new Map([[PARTITION, envoys]]));
  await fleet.startStandalone();

  const commands = {
    floor: ['-e', '0'],
    list: ['bin/run.js', 'envoys', 'list', '--data-dir', dir],
    help: ['bin/run.js', '--help'],
  };
  const names = Object.keys(commands) as (keyof typeof commands)[];
  const times: Record<keyof typeof commands, number[]> = { floor: [], list: [], help: [] };
  // The first round fills the cache of compiled code.
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const took = await timeProcess(commands[name], {});
      if (round > 0) times[name].push(took);
    }
  }
  const row = (name: 'list' | 'help', what: string, most: number): BenchRow => {
    const measured = summarize(times[name]);
    return {
      what,
      unit: 'ms',
      measured,
      floor: { what: 'node -e 0', value: summarize(times.floor) },
      ratio: ratios(times[name], times.floor),
      goal: `≤ ${most} ms`,
      met: measured.median <= most,
    };
  };
  return [row('list', `vigocli envoys list, ${ENVOYS} envoys`, 300), row('help', 'vigocli --help', 200)];
}

export const cli: Benchmark = { name: 'cli', summary: 'whole processes of the CLI', run };
