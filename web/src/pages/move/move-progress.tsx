/** How far a move is. */
import { type Move, MoveState } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { moveTitle, outcomeText, plannedCount } from '../../lib/move-text.ts';
import { count, percent } from '../../lib/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { Progress, type ProgressProps } from '../../ui/progress.tsx';

const TONES: Partial<Record<MoveState, NonNullable<ProgressProps['tone']>>> = {
  [MoveState.DONE]: 'good',
  [MoveState.INCOMPLETE]: 'bad',
  [MoveState.CANCELLED]: 'warn',
};

export function MoveProgress({ move }: { readonly move: Move }) {
  const planned = plannedCount(move);
  return (
    <Card title="Progress">
      <div className="progress-large">
        <p className="progress-count" aria-live="polite" aria-atomic="true">
          <strong>{percent(move.moved, planned) ?? '–'}</strong>
          <span className="secondary">
            {outcomeText({ ...move, matched: planned })}
            {planned === move.matched ? '' : `; ${count(move.matched)} matched`}
          </span>
        </p>
        <Progress label={moveTitle(move)} done={move.moved} of={planned} tone={TONES[move.state] ?? 'info'} />
      </div>
    </Card>
  );
}
