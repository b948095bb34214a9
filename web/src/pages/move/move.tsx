/** One move: how far it is, what was planned, what was left behind and why. */
import { useState } from 'react';
import type { Move } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { CancelMoveDialog } from '../../actions/cancel-move-dialog.tsx';
import { Exclusions } from '../../actions/exclusions.tsx';
import { Legs } from '../../actions/plan-preview.tsx';
import { isRunning, moveTitle } from '../../lib/move-text.ts';
import { moveStateWord } from '../../lib/words.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Queried } from '../../ui/queried.tsx';
import { AdminActions } from '../../ui/read-only.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { MoveFacts } from './move-facts.tsx';
import { MoveProgress } from './move-progress.tsx';
import { useMove } from './use-move.ts';

const CRUMBS = [
  { href: '/spanner', name: 'Spanner' },
  { href: '/spanner/moves', name: 'Moves' },
];

export function MovePage({ id }: { readonly id: string }) {
  const query = useMove(id);
  const move = query.data?.move;
  return (
    <>
      <PageHead
        title={move ? moveTitle(move) : 'Move'}
        crumbs={CRUMBS}
        badge={move && <StateLabel state={moveStateWord(move.state)} badge />}
        note={move?.comment || undefined}
        actions={move && isRunning(move) && <Stop move={move} />}
      />
      <Queried query={query} what="The move cannot be shown">
        {(data) => data.move && <Details move={data.move} />}
      </Queried>
    </>
  );
}

function Details({ move }: { readonly move: Move }) {
  return (
    <div className="stack">
      <MoveProgress move={move} />
      <div className="columns columns-even">
        <Card title="Plan">
          <Legs move={move} />
        </Card>
        <Card title="Move">
          <MoveFacts move={move} />
        </Card>
      </div>
      {move.failedCount + move.skippedCount > 0 && (
        <Card title="Left where they are">
          <div className="stack">
            <Exclusions title="Failed" exclusions={move.failed} total={move.failedCount} />
            <Exclusions title="Skipped" exclusions={move.skipped} total={move.skippedCount} />
          </div>
        </Card>
      )}
    </div>
  );
}

function Stop({ move }: { readonly move: Move }) {
  const [asking, setAsking] = useState(false);
  return (
    <AdminActions>
      <Button icon="pause" onClick={() => setAsking(true)}>
        Stop …
      </Button>
      {asking && <CancelMoveDialog move={move} onClose={() => setAsking(false)} />}
    </AdminActions>
  );
}
