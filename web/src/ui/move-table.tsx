/** Moves, newest first. */
import { Link } from 'wouter';
import type { Move } from '../../../src/gen/vigo/v1/admin_pb.js';
import { isRunning, moveTitle, outcomeText, plannedCount, spokesOf } from '../lib/move-text.ts';
import { movePath } from '../lib/paths.ts';
import { moveReasonWord, moveStateWord } from '../lib/words.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Progress } from './progress.tsx';
import { StateLabel } from './state-label.tsx';
import { Time } from './time.tsx';

const COLUMNS: readonly Column<Move>[] = [
  { title: 'Move', cell: (move) => <Link href={movePath(move.id)}>{moveTitle(move)}</Link>, head: true },
  { title: 'State', cell: ({ state }) => <StateLabel state={moveStateWord(state)} /> },
  { title: 'Reason', cell: ({ reason }) => moveReasonWord(reason) },
  { title: 'To', cell: (move) => spokesOf(move, 'to') },
  {
    title: 'Moved',
    cell: (move) => (
      <div className="move-progress">
        {outcomeText(move)}
        {isRunning(move) && <Progress label={moveTitle(move)} done={move.moved} of={plannedCount(move)} />}
      </div>
    ),
  },
  { title: 'Started', cell: ({ startedAt }) => <Time at={startedAt} /> },
  { title: 'By', cell: ({ actor }) => actor },
  { title: 'Comment', cell: ({ comment }) => comment },
];

export function MoveTable({ moves }: { readonly moves: readonly Move[] }) {
  return <DataTable caption="Moves" columns={COLUMNS} rows={moves} rowKey={({ id }) => id} />;
}
