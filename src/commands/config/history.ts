/** vigocli config history */
import * as Flags from '@oclif/core/flags';
import { HubCommand } from '../../cli/hub-command.ts';
import { type ConfigHistoryJson, configVersionJson } from '../../cli/json/config.ts';
import { historyColumns } from '../../cli/render/config.ts';
import { renderTable } from '../../cli/render/table.ts';
import { systemClock } from '../../platform/clock.ts';

export default class ConfigHistory extends HubCommand<ConfigHistoryJson> {
  static override summary = 'Show what was published: when, by whom, and how much it changed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit 5 --json',
  ];
  static override flags = {
    limit: Flags.integer({ description: 'at most so many', default: 20, min: 1, max: 500, helpValue: 'N' }),
    before: Flags.integer({ description: 'only those before this number', default: 0, min: 0, helpValue: 'NUMBER' }),
  };

  async run(): Promise<ConfigHistoryJson> {
    const { flags } = await this.parse(ConfigHistory);
    const hub = await this.connect(flags);
    const request = { limit: flags.limit, before: flags.before };
    const { versions } = await hub.call((admin) => admin.listConfigHistory(request));
    const result = { versions: versions.map(configVersionJson) };
    const { columns: width, style } = this.terminal;
    this.print(
      versions.length === 0
        ? 'nothing was published'
        : renderTable(historyColumns(systemClock.now()), result.versions, { width, style }),
    );
    return result;
  }
}
