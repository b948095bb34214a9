/** What can be done with a spoke: buttons, and the questions behind them. */
import { useState } from 'react';
import { type Spoke, SpokeEligibility } from '../../../src/gen/vigo/v1/admin_pb.js';
import { Button } from '../ui/button.tsx';
import { AdminActions } from '../ui/read-only.tsx';
import { CordonDialog } from './cordon-dialog.tsx';
import { StartMoveDialog } from './start-move-dialog.tsx';

export function SpokeActions({ spoke }: { readonly spoke: Spoke }) {
  const [asking, setAsking] = useState<'drain' | 'cordon'>();
  const close = () => setAsking(undefined);
  const cordon = spoke.eligibility === SpokeEligibility.ELIGIBLE;
  return (
    <AdminActions>
      <Button icon={cordon ? 'pause' : 'play'} onClick={() => setAsking('cordon')}>
        {cordon ? 'Cordon …' : 'Uncordon …'}
      </Button>
      <Button icon="moves" onClick={() => setAsking('drain')} disabled={spoke.envoyCount === 0}>
        Drain …
      </Button>
      {asking === 'cordon' && <CordonDialog spoke={spoke.id} cordon={cordon} onClose={close} />}
      {asking === 'drain' && <StartMoveDialog kind="drain" from={spoke.id} onClose={close} />}
    </AdminActions>
  );
}
