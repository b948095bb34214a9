/** Stops a move that goes on. */
import { FleetTopic, type Move } from '../../../src/gen/vigo/v1/admin_pb.js';
import { useAction } from '../api/use-action.ts';
import { plannedCount } from '../lib/move-text.ts';
import { count } from '../lib/numbers.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

export interface CancelMoveDialogProps {
  readonly move: Move;
  readonly onClose: () => void;
}

export function CancelMoveDialog({ move, onClose }: CancelMoveDialogProps) {
  const cancel = useAction<void, unknown>((admin) => admin.cancelMove({ id: move.id }), {
    topics: [FleetTopic.MOVES, FleetTopic.SPOKES],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title="Stop this move"
      confirm="Stop the move"
      look="danger"
      busy={cancel.isPending}
      error={cancel.error}
      onConfirm={() => cancel.mutate()}
      onClose={onClose}
    >
      <p>
        {`What has moved stays moved: ${count(move.moved)} of ${count(plannedCount(move))}. The others stay where they are.`}
      </p>
    </ConfirmDialog>
  );
}
