/** vigocli config status */
import { HubCommand } from '../../cli/hub-command.ts';
import { type ConfigStatusJson, configStatusJson } from '../../cli/json/config.ts';
import { renderConfigStatus } from '../../cli/render/config.ts';
import { systemClock } from '../../platform/clock.ts';

export default class ConfigStatus extends HubCommand<ConfigStatusJson> {
  static override summary = "Show the fleet's configuration and which spoke is behind.";
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<ConfigStatusJson> {
    const { flags } = await this.parse(ConfigStatus);
    const hub = await this.connect(flags);
    const status = configStatusJson(await hub.call((admin) => admin.getConfigStatus({})));
    const { columns: width, style } = this.terminal;
    this.print(renderConfigStatus(status, { width, style, now: systemClock.now() }));
    return status;
  }
}
