/** Buttons that start moves of envoys of any spoke. */
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import type { MoveKind } from './move-fields.tsx';
import { StartMoveDialog } from './start-move-dialog.tsx';

export function MoveStarter() {
  const [kind, setKind] = useState<MoveKind>();
  return (
    <>
      <Button onClick={() => setKind('rebalance')}>Rebalance …</Button>
      <Button onClick={() => setKind('drain')}>Drain …</Button>
      <Button icon="moves" onClick={() => setKind('reassign')}>
        Reassign …
      </Button>
      {kind && <StartMoveDialog kind={kind} onClose={() => setKind(undefined)} />}
    </>
  );
}
