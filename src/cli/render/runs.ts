/** Runs for people. */
import type { ResultJson, RunDetailJson, RunJson } from '../json/run.ts';
import type { WarningJson } from '../json/warning.ts';
import { renderDetails } from './details.ts';
import { shortVersion } from './envoys.ts';
import { statusFormat } from './status-format.ts';
import { renderTable, type TableOptions } from './table.ts';
import type { Column } from './table-layout.ts';
import { relative, took } from './time.ts';

const count = (title: string, of: (run: RunJson) => number, expendable: number): Column<RunJson> => ({
  title,
  value: (run) => String(of(run)),
  align: 'right',
  expendable,
});

/** `of`: whose runs they are, which decides what need not be said. `now`: milliseconds since 1970 UTC, for ages. */
export function runColumns(of: 'envoy' | 'spoke', now: number): Column<RunJson>[] {
  const byEnvoy = of === 'envoy';
  return [
    { title: 'STARTED', value: (run) => relative(run.startedAt, now), expendable: 0 },
    ...(byEnvoy ? [] : [{ title: 'HOSTNAME', value: hostOf, expendable: 0, min: 16 }]),
    { title: 'OUTCOME', value: (run) => run.outcome, format: (run) => statusFormat(run.outcome), expendable: 0 },
    count('OK', (run) => run.ok, 3),
    count('CHANGED', (run) => run.changed, 2),
    count('FAILED', (run) => run.failed, 1),
    count('SKIPPED', (run) => run.skipped, 4),
    { title: 'TOOK', value: (run) => took(run.durationMs), align: 'right', expendable: 5 },
    ...(byEnvoy ? [{ title: 'SPOKE', value: (run: RunJson) => run.spoke, expendable: 6 }] : []),
    { title: 'CONFIG', value: (run) => shortVersion(run.configVersion), expendable: 7 },
    // What `runs show` takes.
    { title: 'ID', value: (run) => run.id, expendable: byEnvoy ? 0 : 8 },
    { title: 'ERROR', value: (run) => run.error ?? '', expendable: 9, min: 10 },
  ];
}

const hostOf = (run: RunJson): string => run.hostname ?? run.envoyId;

/** "3 runs; next page: --cursor …" */
export function runFooter(shown: number, nextCursor: string | null): string {
  const runs = `${shown} ${shown === 1 ? 'run' : 'runs'}`;
  return nextCursor === null ? runs : `${runs}; next page: --cursor ${nextCursor}`;
}

/** A spoke whose runs are missing. */
export function runsWarningText({ spoke, code, message }: WarningJson): string {
  const why = `${code}: ${message}`;
  return spoke === null ? why : `${spoke} did not answer (${why}); runs that it keeps are not shown`;
}

const FIRST_OF_ALL = ['failed', 'changed', 'skipped', 'ok'];
const rank = ({ outcome }: ResultJson): number => FIRST_OF_ALL.indexOf(outcome);

const RESULT_COLUMNS: Column<ResultJson>[] = [
  {
    title: 'OUTCOME',
    value: (result) => result.outcome,
    format: (result) => statusFormat(result.outcome),
    expendable: 0,
  },
  { title: 'RESOURCE', value: (result) => result.resource, expendable: 0, min: 16 },
  { title: 'TYPE', value: (result) => result.type, expendable: 2 },
  { title: 'TOOK', value: (result) => took(result.durationMs), align: 'right', expendable: 3 },
  { title: 'MESSAGE', value: (result) => result.message ?? '', expendable: 1, min: 20 },
];

/** One run: what went wrong first. */
export function renderRun(run: RunDetailJson, options: TableOptions & { readonly now: number }): string {
  const { style, now } = options;
  const format = statusFormat(run.outcome);
  const details = renderDetails(
    [
      ['id', run.id],
      ['envoy', run.envoyId],
      ['spoke', run.spoke],
      ['started', `${run.startedAt ?? '-'} (${relative(run.startedAt, now)})`],
      ['received', run.receivedAt],
      ['took', took(run.durationMs)],
      ['config', run.configVersion],
      ['resources', `${run.ok} ok, ${run.changed} changed, ${run.failed} failed, ${run.skipped} skipped`],
      ['error', run.error],
    ],
    style,
  );
  const title = `${style('bold', hostOf(run))}  ${format ? style(format, run.outcome) : run.outcome}`;
  if (run.results.length === 0) return `${title}\n${details}`;
  const results = run.results.toSorted((a, b) => rank(a) - rank(b));
  return [title, details, '', renderTable(RESULT_COLUMNS, results, options)].join('\n');
}
