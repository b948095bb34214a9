/** Moves in words: the same sentences as in the command line. */
import { type Move, MoveReason, MoveState } from '../../../src/gen/vigo/v1/admin_pb.js';
import { count, counted } from './numbers.ts';

type Planned = Pick<Move, 'plan'>;

/** Envoys that the plan moves. */
export function plannedCount({ plan }: Planned): number {
  return plan.reduce((sum, leg) => sum + leg.envoys, 0);
}

/** "dc1" or "dc1, dc3", without those named twice. */
export function spokesOf({ plan }: Planned, side: 'from' | 'to'): string {
  return [...new Set(plan.map((leg) => leg[side]))].join(', ');
}

/** "Drain dc1", "Reassign to dc2", "Rebalance", "Fail over dc1". */
export function moveTitle(move: Pick<Move, 'plan' | 'reason'>): string {
  const title = (verb: string, side: 'from' | 'to') => `${verb} ${spokesOf(move, side)}`.trimEnd();
  switch (move.reason) {
    case MoveReason.DRAIN:
      return title('Drain', 'from');
    case MoveReason.FAILOVER:
      return title('Fail over', 'from');
    case MoveReason.REASSIGN:
      return title('Reassign to', 'to');
    default:
      return 'Rebalance';
  }
}

/** "Drain dc1: 120 envoys to dc2": what a button that starts it says. */
export function orderText(move: Pick<Move, 'plan' | 'reason'>): string {
  const envoys = counted(plannedCount(move), 'envoy');
  switch (move.reason) {
    case MoveReason.REASSIGN:
      return `Reassign ${envoys} to ${spokesOf(move, 'to')}`;
    case MoveReason.REBALANCE:
      return `Rebalance: send ${envoys} home`;
    default:
      return `${moveTitle(move)}: ${envoys} to ${spokesOf(move, 'to')}`;
  }
}

/** "1,200 of 1,500 moved, 3 skipped, 1 failed". */
export function outcomeText(move: Pick<Move, 'matched' | 'moved' | 'skippedCount' | 'failedCount'>): string {
  if (move.matched === 0) return 'nothing to move';
  const parts = [
    `${count(move.moved)} of ${count(move.matched)} moved`,
    move.skippedCount > 0 ? `${count(move.skippedCount)} skipped` : '',
    move.failedCount > 0 ? `${count(move.failedCount)} failed` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

export function isRunning({ state }: Pick<Move, 'state'>): boolean {
  return state === MoveState.RUNNING;
}
