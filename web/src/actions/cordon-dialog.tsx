/** Takes a spoke out of placement, or puts it back. */
import { useState } from 'react';
import { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import { useAction } from '../api/use-action.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { TextField } from '../ui/field.tsx';

export interface CordonDialogProps {
  readonly spoke: string;
  /** Out of placement, or back into it. */
  readonly cordon: boolean;
  readonly onClose: () => void;
}

const TOPICS = [FleetTopic.SPOKES];

export function CordonDialog({ spoke, cordon, onClose }: CordonDialogProps) {
  const [comment, setComment] = useState('');
  const order = useAction<void, unknown>(
    (admin) => (cordon ? admin.cordonSpoke({ id: spoke, comment }) : admin.uncordonSpoke({ id: spoke })),
    { topics: TOPICS, onDone: onClose },
  );
  const verb = cordon ? 'Cordon' : 'Uncordon';
  return (
    <ConfirmDialog
      title={`${verb} ${spoke}`}
      confirm={`${verb} ${spoke}`}
      busy={order.isPending}
      error={order.error}
      onConfirm={() => order.mutate()}
      onClose={onClose}
    >
      <p>
        {cordon
          ? `Takes ${spoke} out of placement: it keeps its envoys and takes no more.`
          : `Puts ${spoke} back into placement: it takes envoys again. Those that left it stay where they are until a rebalance.`}
      </p>
      {cordon && (
        <TextField
          label="Reason, for the journal"
          placeholder="new disks"
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
      )}
    </ConfirmDialog>
  );
}
