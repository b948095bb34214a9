/** Moves for people. */
import type { MoveExclusionJson, MoveJson } from '../json/move.ts';
import type { Style } from '../terminal.ts';
import { renderDetails } from './details.ts';
import { statusFormat } from './status-format.ts';
import { renderTable, type TableOptions } from './table.ts';
import type { Column } from './table-layout.ts';
import { relative } from './time.ts';

const envoys = (count: number): string => `${count} ${count === 1 ? 'envoy' : 'envoys'}`;

export function plannedCount(move: MoveJson): number {
  return move.plan.reduce((sum, leg) => sum + leg.envoys, 0);
}

/** "move 3 envoys (dc1 to dc2: 2, dc1 to dc3: 1)" */
export function planText(move: MoveJson): string {
  const legs = move.plan.map((leg) => `${leg.from} to ${leg.to}: ${leg.envoys}`).join(', ');
  return `move ${envoys(plannedCount(move))}${legs ? ` (${legs})` : ''}`;
}

/** "draining dc1  120/500" */
export function progressText(move: MoveJson): string {
  const distinct = (side: 'from' | 'to') => [...new Set(move.plan.map((leg) => leg[side]))].join(', ');
  const doing =
    {
      drain: `draining ${distinct('from')}`,
      failover: `failing over ${distinct('from')}`,
      reassign: `reassigning to ${distinct('to')}`,
    }[move.reason] ?? 'rebalancing';
  return `${doing}  ${move.moved}/${plannedCount(move)}`;
}

/** One line: what came of it. */
export function outcomeText(move: MoveJson, style: Style): string {
  if (move.dryRun) return `dry run: would ${planText(move)}${leftOut(move)}`;
  if (plannedCount(move) === 0 && move.matched === 0) return 'nothing to move';
  const format = statusFormat(move.state);
  const state = format ? style(format, move.state) : move.state;
  return `${state}: ${move.moved} of ${envoys(move.matched)} moved${leftOut(move)}`;
}

function leftOut(move: MoveJson): string {
  const parts = [
    move.skippedCount > 0 ? `${move.skippedCount} skipped` : '',
    move.failedCount > 0 ? `${move.failedCount} failed` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? `, ${parts.join(', ')}` : '';
}

/** Everything about one move. `now`: for ages. */
export function renderMove(move: MoveJson, options: TableOptions & { readonly now: number }): string {
  const { style, now } = options;
  const details = renderDetails(
    [
      ['move', move.moveId],
      ['reason', move.reason],
      ['by', move.actor],
      ['comment', move.comment],
      ['started', move.startedAt && `${move.startedAt} (${relative(move.startedAt, now)})`],
      ['ended', move.endedAt],
      ['plan', move.plan.map((leg) => `${leg.from} to ${leg.to}: ${leg.envoys}`).join(', ')],
      ['releases', move.releasesPending > 0 ? `${move.releasesPending} still to be given to their source` : null],
    ],
    style,
  );
  return [outcomeText(move, style), details, renderExclusions(move, options)].filter((part) => part !== '').join('\n');
}

/** The envoys that were left where they are, and why; empty if there are none. */
export function renderExclusions(move: MoveJson, options: TableOptions): string {
  const rows = [
    ...move.failed.map((exclusion) => ({ ...exclusion, what: 'failed' })),
    ...move.skipped.map((exclusion) => ({ ...exclusion, what: 'skipped' })),
  ];
  if (rows.length === 0) return '';
  const unnamed = move.failedCount + move.skippedCount - rows.length;
  const table = renderTable(EXCLUSION_COLUMNS, rows, options);
  return unnamed > 0 ? `${table}\n… and ${unnamed} more` : table;
}

const EXCLUSION_COLUMNS: Column<MoveExclusionJson & { readonly what: string }>[] = [
  { title: 'HOSTNAME', value: (row) => row.hostname, expendable: 0, min: 16 },
  { title: 'WHAT', value: (row) => row.what, expendable: 2 },
  { title: 'WHY', value: (row) => row.reason, expendable: 1, min: 12 },
];

/** The journal. */
export function moveColumns(now: number): Column<MoveJson>[] {
  return [
    { title: 'ID', value: (move) => move.moveId ?? '-', expendable: 0 },
    { title: 'REASON', value: (move) => move.reason, expendable: 2 },
    { title: 'STATE', value: (move) => move.state, format: (move) => statusFormat(move.state), expendable: 1 },
    { title: 'MOVED', value: (move) => `${move.moved}/${move.matched}`, align: 'right', expendable: 1 },
    {
      title: 'FROM > TO',
      value: (move) => move.plan.map((leg) => `${leg.from} > ${leg.to}`).join(', ') || '-',
      expendable: 3,
      min: 12,
    },
    { title: 'STARTED', value: (move) => relative(move.startedAt, now), expendable: 3 },
    { title: 'BY', value: (move) => move.actor ?? '-', expendable: 4, min: 6 },
    { title: 'COMMENT', value: (move) => move.comment ?? '', expendable: 5, min: 10 },
  ];
}
