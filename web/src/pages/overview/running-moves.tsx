/** Moves that go on. */
import { Link } from 'wouter';
import type { Move } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { moveTitle, plannedCount, spokesOf } from '../../lib/move-text.ts';
import { count } from '../../lib/numbers.ts';
import { movePath } from '../../lib/paths.ts';
import { Card } from '../../ui/card.tsx';
import { Progress } from '../../ui/progress.tsx';

export function RunningMoves({ moves }: { readonly moves: readonly Move[] }) {
  return (
    <Card title="Moves in progress" actions={<Link href="/spanner/moves">All moves</Link>}>
      {moves.length === 0 ? (
        <p className="secondary">No envoys are being moved.</p>
      ) : (
        <ul className="stack">
          {moves.map((move) => (
            <li key={move.id} className="running-move">
              <p>
                <Link href={movePath(move.id)}>{moveTitle(move)}</Link>
                <span className="secondary"> to {spokesOf(move, 'to')}</span>
                <span className="running-count">
                  {count(move.moved)} / {count(plannedCount(move))}
                </span>
              </p>
              <Progress label={moveTitle(move)} done={move.moved} of={plannedCount(move)} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
