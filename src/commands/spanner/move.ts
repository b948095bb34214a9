/** vigocli spanner move */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { FollowCommand } from '../../cli/follow-command.ts';
import { withInterrupt } from '../../cli/interrupt.ts';
import { type MoveJson, moveJson } from '../../cli/json/move.ts';
import { present } from '../../cli/present.ts';
import { renderMove } from '../../cli/render/moves.ts';
import { systemClock } from '../../platform/clock.ts';

export default class SpannerMove extends FollowCommand {
  static override summary = 'Show one move, or follow it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0192f3a1-7c1e-7d3b-9c5a-2f1d8e6b4a90',
    '<%= config.bin %> <%= command.id %> 0192f3a1-7c1e-7d3b-9c5a-2f1d8e6b4a90 --watch',
  ];
  static override args = {
    move: Args.string({ description: 'id of the move', required: true }),
  };
  static override flags = {
    watch: Flags.boolean({ description: 'follow it until it ends; exit with 3 if it leaves envoys behind' }),
  };

  async run(): Promise<MoveJson> {
    const { args, flags } = await this.parse(SpannerMove);
    const hub = await this.connect(flags);
    const response = await hub.call((admin) => admin.getMove({ id: args.move }));
    const move = present(response.move, 'a move');
    if (flags.watch) return withInterrupt((signal) => this.follow(hub, move, signal));
    const result = moveJson(move);
    const { columns: width, style } = this.terminal;
    this.print(renderMove(result, { width, style, now: systemClock.now() }));
    return result;
  }
}
