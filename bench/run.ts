/**
 * `npm run bench [-- NAME ...] [--quick] [--json] [--out FILE]`
 *
 * Runs the benchmarks one after another against servers from dist/, each in its own process on loopback, and prints a table.
 * A figure that is missed is shown, not an error: a machine that is busy with other things misses some.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundles } from './bundles.ts';
import { checkIn } from './check-in.ts';
import { cli } from './cli.ts';
import { drain } from './drain.ts';
import { list } from './list.ts';
import { memory } from './memory.ts';
import { publishing } from './publish.ts';
import { runs } from './runs.ts';
import type { Benchmark, BenchRow } from './support/benchmark.ts';
import { type BenchReport, describeMachine, renderReport } from './support/report.ts';
import { webUi } from './web-ui.ts';

const BENCHMARKS: readonly Benchmark[] = [checkIn, memory, runs, list, drain, publishing, bundles, cli, webUi];

async function runOne(benchmark: Benchmark, quick: boolean): Promise<readonly BenchRow[]> {
  await using cleanup = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'vigo-bench-'));
  cleanup.defer(() => rm(dir, { recursive: true, force: true }));
  // Ctrl-C must not leave servers behind.
  const interrupted = Promise.withResolvers<never>();
  const onInterrupt = () => interrupted.reject(new Error('interrupted'));
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  cleanup.defer(() => void process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt));
  const log = (text: string) => console.error(`${benchmark.name}: ${text}`);
  return await Promise.race([benchmark.run({ quick, dir, cleanup, log }), interrupted.promise]);
}

function choose(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) {
    const known = BENCHMARKS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n');
    throw new Error(`no benchmark ${JSON.stringify(unknown)}; there are:\n${known}`);
  }
  return names.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const benchmarks: { name: string; rows: readonly BenchRow[] }[] = [];
  for (const benchmark of choose(positionals))
    benchmarks.push({ name: benchmark.name, rows: await runOne(benchmark, values.quick) });
  const report: BenchReport = {
    at: new Date().toISOString(),
    machine: describeMachine(),
    quick: values.quick,
    benchmarks,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (values.out) await writeFile(values.out, json);
  process.stdout.write(values.json ? json : `${renderReport(report)}\n`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
