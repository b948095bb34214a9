/** Moves as `AdminService` shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { MoveReason } from '../../../fleet/move-plan.ts';
import { type MoveSchema, MoveState, MoveReason as ReasonCode } from '../../../gen/vigo/v1/admin_pb.js';
import type { MoveView } from '../moves/move-view.ts';

const REASONS: Record<MoveReason, ReasonCode> = {
  reassign: ReasonCode.REASSIGN,
  drain: ReasonCode.DRAIN,
  failover: ReasonCode.FAILOVER,
  rebalance: ReasonCode.REBALANCE,
};

const STATES: Record<MoveView['state'], MoveState> = {
  running: MoveState.RUNNING,
  done: MoveState.DONE,
  incomplete: MoveState.INCOMPLETE,
  cancelled: MoveState.CANCELLED,
};

export function moveMessage(view: MoveView): MessageInitShape<typeof MoveSchema> {
  return {
    id: view.id,
    state: STATES[view.state],
    reason: REASONS[view.reason],
    matched: view.matched,
    moved: view.moved,
    skipped: [...view.skipped],
    skippedCount: view.skippedCount,
    failed: [...view.failed],
    failedCount: view.failedCount,
    plan: [...view.legs],
    dryRun: view.dryRun,
    startedAt: timestampFromMs(view.startedAt),
    endedAt: view.endedAt === undefined ? undefined : timestampFromMs(view.endedAt),
    actor: view.actor,
    comment: view.comment,
    releasesPending: view.releasesPending,
  };
}
