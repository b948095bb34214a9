/** Drain, reassign or rebalance: what is to be moved, what would come of it, and the button that does it. */
import { Code, ConnectError } from '@connectrpc/connect';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { FleetTopic, MoveReason } from '../../../src/gen/vigo/v1/admin_pb.js';
import { useAction } from '../api/use-action.ts';
import { orderText, plannedCount } from '../lib/move-text.ts';
import { movePath } from '../lib/paths.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { MOVE_KINDS, type MoveChoice, MoveFields, type MoveKind, orderOf } from './move-fields.tsx';
import { PlanPreview } from './plan-preview.tsx';
import { type MoveOrder, usePlan } from './use-plan.ts';

export interface StartMoveDialogProps {
  readonly kind: MoveKind;
  /** The spoke that is emptied, if that is settled. */
  readonly from?: string;
  /** Which envoys, to begin with. */
  readonly hostname?: string;
  /** What should be known about the selection. */
  readonly note?: string | undefined;
  readonly onClose: () => void;
}

export function StartMoveDialog({ kind, from = '', hostname = '', note, onClose }: StartMoveDialogProps) {
  const [choice, setChoice] = useState<MoveChoice>({ from, hostname, to: '' });
  const [comment, setComment] = useState('');
  const [maxRate, setMaxRate] = useState('');
  const [, navigate] = useLocation();
  const order = orderOf(kind, choice);
  const plan = usePlan(order);
  const start = useAction(
    (admin, input: MoveOrder) => admin.startMove({ ...input, comment, maxRate: Number(maxRate) || 0 }),
    {
      topics: [FleetTopic.MOVES, FleetTopic.SPOKES, FleetTopic.ENVOYS],
      onDone: ({ move }) => {
        onClose();
        if (move?.id) navigate(movePath(move.id));
      },
    },
  );
  const { title, about, incomplete } = MOVE_KINDS[kind];
  const ready = plan.move !== undefined && plannedCount(plan.move) > 0;
  return (
    <ConfirmDialog
      title={kind === 'drain' && from ? `Drain ${from}` : title}
      confirm={
        plan.move && ready ? orderText({ ...plan.move, reason: order?.reason ?? MoveReason.UNSPECIFIED }) : title
      }
      disabled={!ready}
      busy={start.isPending}
      error={start.error}
      onConfirm={() => order && start.mutate(order)}
      onClose={onClose}
    >
      <p className="secondary">{about}</p>
      {note && <Notice level="notice" title={note} />}
      <MoveFields kind={kind} choice={choice} fixedFrom={from !== ''} onChange={setChoice} />
      <PlanPreview plan={plan} incomplete={incomplete} />
      <div className="form-row">
        <TextField
          label="Reason, for the journal"
          placeholder="new disks"
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
        {kind === 'drain' && (
          <TextField
            label="At most, envoys a second"
            type="number"
            min={1}
            max={1_000_000}
            placeholder="no limit"
            value={maxRate}
            onChange={(event) => setMaxRate(event.target.value)}
          />
        )}
      </div>
      {isUncertain(start.error) && (
        <p>
          The move may have begun: look at <Link href="/spanner/moves">moves</Link>.
        </p>
      )}
    </ConfirmDialog>
  );
}

/** Nobody knows whether the order arrived. */
function isUncertain(error: Error | null): boolean {
  if (error === null) return false;
  return [Code.Unavailable, Code.Unknown, Code.DeadlineExceeded].includes(ConnectError.from(error).code);
}
