/** A command that shows how a move goes on. */
import { type Move, MoveState } from '../gen/vigo/v1/admin_pb.js';
import { systemClock } from '../platform/clock.ts';
import { followMove } from './follow-move.ts';
import type { Hub } from './hub-client.ts';
import { HubCommand } from './hub-command.ts';
import { leftEnvoysBehind, type MoveJson, moveJson } from './json/move.ts';
import { createProgress } from './progress.ts';
import { outcomeText, progressText, renderExclusions } from './render/moves.ts';

export abstract class FollowCommand extends HubCommand<MoveJson> {
  // The framework stops looking for inherited settings at a class that has none of its own.
  static override baseFlags = HubCommand.baseFlags;

  /** Shows how a move goes on until it ends or Ctrl-C. */
  protected async follow(hub: Hub, begun: Move, signal: AbortSignal): Promise<MoveJson> {
    if (begun.state !== MoveState.RUNNING) return this.report(begun);
    const progress = await createProgress({ terminal: this.terminal, clock: systemClock, silent: !this.human });
    try {
      const onMove = (news: Move) => progress.update(progressText(moveJson(news)));
      const { move, detached } = await followMove({ hub, move: begun, clock: systemClock, signal, onMove });
      progress.stop();
      return detached ? this.reportDetached(move, 'detached') : this.report(move);
    } finally {
      progress.stop();
    }
  }

  /** For one that goes on without us. */
  protected reportDetached(move: Move, how: 'begun' | 'detached'): MoveJson {
    if (move.id === '') return this.report(move);
    if (this.human) this.terminal.err(`${how}; move ${move.id} goes on: vigocli spanner move ${move.id} --watch`);
    return moveJson(move);
  }

  /** For one that has ended, or was only planned. Exit code 3 when it left envoys behind. */
  protected report(move: Move): MoveJson {
    const result = moveJson(move);
    const { columns: width, style } = this.terminal;
    this.print(outcomeText(result, style));
    const exclusions = renderExclusions(result, { width, style });
    if (exclusions) this.print(exclusions);
    if (leftEnvoysBehind(move)) this.markIncomplete();
    return result;
  }
}
