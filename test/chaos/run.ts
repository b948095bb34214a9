/**
 * `npm run chaos [-- --steps N] [--seed S] [--runs N] [--agents N] [--report FILE]`
 *
 * The chaos suite against the built program: one run, or several with the seeds S, S+1, … CHAOS_SEED=S is the same as
 * `--seed S`. `--report` adds what was done and found to a Markdown file, after each run anew, so that
 * a series that is cut short has its table too. Ends with 1 if anything was wrong; seed, plan and
 * logs are shown then.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type ChaosResult, runChaos } from './chaos.ts';
import { chooseSeed } from './choose-seed.ts';
import { planText, reportMarkdown } from './report.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100' },
    seed: { type: 'string' },
    runs: { type: 'string', default: '1' },
    agents: { type: 'string', default: '30' },
    report: { type: 'string' },
  },
});
const steps = wholeNumber('steps', values.steps);
const agents = wholeNumber('agents', values.agents);
const runs = wholeNumber('runs', values.runs);
const firstSeed = chooseSeed(values.seed);

// The children end with this process, however it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    console.error(`ended by ${signal}`);
    process.exit(130);
  });
}

const before = values.report === undefined ? '' : await readFile(values.report, 'utf8').catch(() => '');
const results: ChaosResult[] = [];
for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
  console.log(`seed ${seed}: CHAOS_SEED=${seed} npm run chaos -- --steps ${steps} --agents ${agents}`);
  const result = await runChaos({ seed, steps, agents, log: (text) => console.log(text) });
  results.push(result);
  if (result.violations.length > 0) console.log(`\nthe plan of seed ${seed}:\n${planText(result)}\n`);
  if (result.evidence !== undefined) console.log(`logs and data of seed ${seed}: ${result.evidence}`);
  if (values.report !== undefined) await writeFile(values.report, `${before}\n${reportMarkdown(results)}\n`);
}
console.log(`\n${reportMarkdown(results)}`);
process.exit(results.every(({ violations }) => violations.length === 0) ? 0 : 1);

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} is ${text}: expected a whole number above 0`);
  return value;
}
