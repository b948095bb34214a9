/** Runs as Markdown: what was done to the fleet and what was looked at, a column per seed. */
import type { ChaosResult } from './chaos.ts';
import { planSteps } from './plan.ts';
import { describeStep, type StepKind } from './step.ts';

const ORDERS: ReadonlySet<string> = new Set<StepKind>([
  'publish',
  'reassign',
  'drain',
  'uncordon',
  'rebalance',
  'cancel',
]);
/** Steps that only take a fault back. */
const MENDING: ReadonlySet<string> = new Set<StepKind>([
  'start',
  'resume',
  'start-agents',
  'resume-agents',
  'mend',
  'free-disk',
]);

export function reportMarkdown(results: readonly ChaosResult[]): string {
  const steps = (wanted: (kind: string) => boolean) =>
    rows(results, ({ tally }) => new Map([...tally.faults].map(([kind, { count }]) => [kind, count])))
      .filter(([kind]) => wanted(kind))
      .map(([kind, ...counts]) => [kind, ...counts, struckBy(results, kind)]);
  const seeds = results.map(({ seed }) => `seed ${seed}`);
  return [
    table(['run', ...seeds], overview(results)),
    table(
      ['fault', ...seeds, 'struck'],
      steps((kind) => !ORDERS.has(kind) && !MENDING.has(kind)),
    ),
    table(
      ['order', ...seeds, 'about'],
      steps((kind) => ORDERS.has(kind)),
    ),
    table(
      ['checked, times', ...seeds],
      rows(results, ({ tally }) => tally.checks),
    ),
    table(
      ['highest', ...seeds],
      rows(results, ({ tally }) => tally.heights),
    ),
    ...results.flatMap(violationList),
  ].join('\n\n');
}

/** For who wants to know what led to it: the whole plan. */
export function planText({ seed, steps, agents }: ChaosResult): string {
  return planSteps({ seed, steps, agents })
    .map(({ number, step, pauseMs }) => `${number} ${describeStep(step)} (then ${pauseMs} ms)`)
    .join('\n');
}

function overview(results: readonly ChaosResult[]): string[][] {
  const row = (what: string, value: (result: ChaosResult) => number) => [
    what,
    ...results.map((result) => thousands(value(result))),
  ];
  return [
    row('violations', ({ violations }) => violations.length),
    row('steps', ({ steps }) => steps),
    row('agents', ({ agents }) => agents),
    row('seconds', ({ tookMs }) => Math.round(tookMs / 1_000)),
  ];
}

/** What any of them has counted, by name. */
function rows(
  results: readonly ChaosResult[],
  countsOf: (result: ChaosResult) => ReadonlyMap<string, number>,
): [string, ...string[]][] {
  const counts = results.map(countsOf);
  const names = new Set(counts.flatMap((of) => [...of.keys()]));
  return [...names].sort().map((name) => [name, ...counts.map((of) => thousands(of.get(name) ?? 0))]);
}

/** "dc1 ×4, hub" */
function struckBy(results: readonly ChaosResult[], kind: string): string {
  const sums = new Map<string, number>();
  for (const { tally } of results) {
    for (const [name, times] of tally.faults.get(kind)?.struck ?? []) sums.set(name, (sums.get(name) ?? 0) + times);
  }
  const names = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return names.map(([name, times]) => (times === 1 ? name : `${name} ×${thousands(times)}`)).join(', ');
}

function violationList({ seed, violations }: ChaosResult): string[] {
  return violations.map(
    ({ during, what, evidence }) => `- seed ${seed}, during \`${during}\`: ${what}\n  \`${evidence}\``,
  );
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n');
}

const thousands = (value: number): string => value.toLocaleString('en-US');
