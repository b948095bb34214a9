/** What reassign, drain and rebalance share: plan, ask, start, then follow. */
import * as Flags from '@oclif/core/flags';
import { messageOf, VigoError } from '../fleet/errors.ts';
import type { Move, StartMoveRequest } from '../gen/vigo/v1/admin_pb.js';
import { confirm } from './confirm.ts';
import { FollowCommand } from './follow-command.ts';
import type { Hub } from './hub-client.ts';
import { withInterrupt } from './interrupt.ts';
import { type MoveJson, moveJson } from './json/move.ts';
import { present } from './present.ts';
import { plannedCount, planText } from './render/moves.ts';

/** What is to be moved. */
export type MoveOrder = Pick<StartMoveRequest, 'reason'> & Partial<Omit<StartMoveRequest, '$typeName' | '$unknown'>>;

export interface MoveFlags {
  readonly 'dry-run': boolean;
  readonly yes: boolean;
  readonly detach: boolean;
  readonly reason?: string | undefined;
}

export abstract class MoveCommand extends FollowCommand {
  static override baseFlags = {
    ...FollowCommand.baseFlags,
    'dry-run': Flags.boolean({ description: 'only show what would be moved' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
    wait: Flags.boolean({ description: 'wait until it ends, which is the default', exclusive: ['detach'] }),
    detach: Flags.boolean({ description: 'return as soon as it has begun' }),
    reason: Flags.string({ description: 'why, for the journal', helpValue: 'TEXT' }),
  };

  /** Plans, asks, starts and follows; exit code 3 when envoys were left behind. */
  protected async move(hub: Hub, flags: MoveFlags, order: MoveOrder): Promise<MoveJson> {
    const request = { ...order, comment: flags.reason ?? '' };
    if (flags['dry-run']) return this.report(await startMove(hub, { ...request, dryRun: true }));
    if (!flags.yes) {
      const plan = moveJson(await startMove(hub, { ...request, dryRun: true }));
      if (plannedCount(plan) > 1) await confirm({ terminal: this.terminal, action: planText(plan), yes: false });
    }
    return withInterrupt(async (signal) => {
      const begun = await startMove(hub, request);
      return flags.detach ? this.reportDetached(begun, 'begun') : this.follow(hub, begun, signal);
    });
  }
}

async function startMove(hub: Hub, request: MoveOrder): Promise<Move> {
  try {
    const { move } = await hub.call((admin) => admin.startMove(request));
    return present(move, 'a move');
  } catch (error) {
    // Nobody knows whether the order arrived.
    if (request.dryRun || !(error instanceof VigoError) || !['UNREACHABLE', 'TIMEOUT'].includes(error.code))
      throw error;
    throw new VigoError(error.code, `${messageOf(error)}. The move may have begun: look at vigocli spanner moves`, {
      cause: error,
    });
  }
}
