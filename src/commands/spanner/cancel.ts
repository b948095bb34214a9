/** vigocli spanner cancel */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type MoveJson, moveJson } from '../../cli/json/move.ts';
import { present } from '../../cli/present.ts';
import { outcomeText } from '../../cli/render/moves.ts';

export default class SpannerCancel extends HubCommand<MoveJson> {
  static override summary = 'Stop a move; what has moved stays moved.';
  static override examples = ['<%= config.bin %> <%= command.id %> 0192f3a1-7c1e-7d3b-9c5a-2f1d8e6b4a90'];
  static override args = {
    move: Args.string({ description: 'id of the move', required: true }),
  };

  async run(): Promise<MoveJson> {
    const { args, flags } = await this.parse(SpannerCancel);
    const hub = await this.connect(flags);
    const { move } = await hub.call((admin) => admin.cancelMove({ id: args.move }));
    const result = moveJson(present(move, 'a move'));
    this.print(outcomeText(result, this.terminal.style));
    return result;
  }
}
