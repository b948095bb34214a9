/** Moves in JSON output: of reassign, drain and rebalance, and of the journal. */
import { type Move, type MoveExclusion, MoveReason, MoveState } from '../../gen/vigo/v1/admin_pb.js';
import { moveReasonName, moveStateName } from './names.ts';
import { isoOf, textOrNull } from './time.ts';

export interface MoveExclusionJson {
  readonly id: string;
  readonly hostname: string;
  readonly reason: string;
}

export interface MoveJson {
  /** Null for a dry run, and where there was nothing to move. */
  readonly moveId: string | null;
  /** planned (dry run), running, done, incomplete, cancelled. */
  readonly state: string;
  readonly reason: string;
  readonly matched: number;
  readonly moved: number;
  /** At most 100; `skippedCount` says how many. */
  readonly skipped: readonly MoveExclusionJson[];
  /** At most 100; `failedCount` says how many. */
  readonly failed: readonly MoveExclusionJson[];
  readonly plan: readonly { readonly from: string; readonly to: string; readonly envoys: number }[];
  readonly dryRun: boolean;
  readonly skippedCount: number;
  readonly failedCount: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly actor: string | null;
  readonly comment: string | null;
  readonly releasesPending: number;
}

const exclusionJson = ({ id, hostname, reason }: MoveExclusion): MoveExclusionJson => ({ id, hostname, reason });

export function moveJson(move: Move): MoveJson {
  return {
    moveId: textOrNull(move.id),
    state: move.dryRun ? 'planned' : moveStateName(move.state),
    reason: moveReasonName(move.reason),
    matched: move.matched,
    moved: move.moved,
    skipped: move.skipped.map(exclusionJson),
    failed: move.failed.map(exclusionJson),
    plan: move.plan.map(({ from, to, envoys }) => ({ from, to, envoys })),
    dryRun: move.dryRun,
    skippedCount: move.skippedCount,
    failedCount: move.failedCount,
    startedAt: isoOf(move.startedAt),
    endedAt: isoOf(move.endedAt),
    actor: textOrNull(move.actor),
    comment: textOrNull(move.comment),
    releasesPending: move.releasesPending,
  };
}

/** Whether it ended and left behind an envoy that it should have moved. */
export function leftEnvoysBehind(move: Move): boolean {
  if (move.dryRun || move.state === MoveState.RUNNING) return false;
  // A drain matches only what is on the spoke: what it skips stays there. Others also skip what is where it should be.
  const skippedMatters = move.reason === MoveReason.DRAIN && move.skippedCount > 0;
  return (
    move.state === MoveState.INCOMPLETE || move.state === MoveState.CANCELLED || move.failedCount > 0 || skippedMatters
  );
}
