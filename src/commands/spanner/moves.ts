/** vigocli spanner moves */
import * as Flags from '@oclif/core/flags';
import { HubCommand } from '../../cli/hub-command.ts';
import { type MoveJson, moveJson } from '../../cli/json/move.ts';
import { moveColumns } from '../../cli/render/moves.ts';
import { renderTable } from '../../cli/render/table.ts';
import { systemClock } from '../../platform/clock.ts';

interface MovesJson {
  /** Newest first. */
  readonly moves: readonly MoveJson[];
}

export default class SpannerMoves extends HubCommand<MovesJson> {
  static override summary = 'Show the journal of moves: what moved, when, why, by whom.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit 10 --json',
  ];
  static override flags = {
    limit: Flags.integer({ description: 'at most so many', default: 50, min: 1, max: 500, helpValue: 'N' }),
    before: Flags.string({ description: 'only those older than this move', default: '', helpValue: 'ID' }),
  };

  async run(): Promise<MovesJson> {
    const { flags } = await this.parse(SpannerMoves);
    const hub = await this.connect(flags);
    const request = { limit: flags.limit, before: flags.before };
    const { moves } = await hub.call((admin) => admin.listMoves(request));
    const result = { moves: moves.map(moveJson) };
    const { columns: width, style } = this.terminal;
    this.print(
      moves.length === 0 ? 'no moves' : renderTable(moveColumns(systemClock.now()), result.moves, { width, style }),
    );
    return result;
  }
}
