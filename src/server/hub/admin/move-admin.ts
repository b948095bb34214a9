/** The part of `AdminService` that is about moves. */
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { MoveReason } from '../../../fleet/move-plan.ts';
import { type AdminService, MoveReason as ReasonCode } from '../../../gen/vigo/v1/admin_pb.js';
import { operatorOf } from '../../platform/admin-auth.ts';
import type { MoveService } from '../moves/move-service.ts';
import { moveMessage } from './move-messages.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_COMMENT = 500;

type Methods = 'startMove' | 'getMove' | 'listMoves' | 'watchMove' | 'cancelMove';

export function createMoveAdmin(moves: MoveService): Pick<ServiceImpl<typeof AdminService>, Methods> {
  return {
    async startMove(request, context) {
      if (request.comment.length > MAX_COMMENT)
        throw new VigoError('INVALID_ARGUMENT', `comment: at most ${MAX_COMMENT} characters`);
      const view = await moves.start({
        reason: reasonOf(request.reason),
        hostname: request.hostname || undefined,
        from: request.from || undefined,
        to: request.to || undefined,
        dryRun: request.dryRun,
        comment: request.comment,
        maxRate: request.maxRate,
        actor: operatorOf(context).name,
      });
      return { move: moveMessage(view) };
    },
    getMove: async (request) => ({ move: moveMessage(await moves.get(request.id)) }),
    async listMoves(request) {
      const limit = Math.min(request.limit || DEFAULT_LIMIT, MAX_LIMIT);
      const views = await moves.list(limit, request.before || undefined);
      return { moves: views.map(moveMessage) };
    },
    async *watchMove(request, context) {
      for await (const view of moves.watch(request.id, context.signal)) yield { move: moveMessage(view) };
    },
    cancelMove: async (request) => ({ move: moveMessage(await moves.cancel(request.id)) }),
  };
}

/** Failover is the hub's own reason. */
function reasonOf(code: ReasonCode): MoveReason {
  switch (code) {
    case ReasonCode.REASSIGN:
      return 'reassign';
    case ReasonCode.DRAIN:
      return 'drain';
    case ReasonCode.REBALANCE:
      return 'rebalance';
    default:
      throw new VigoError('INVALID_ARGUMENT', 'reason must be REASSIGN, DRAIN or REBALANCE');
  }
}
