/** vigocli spanner status */
import { HubCommand } from '../../cli/hub-command.ts';
import { type SpannerStatusJson, spannerStatusJson } from '../../cli/json/spoke.ts';
import { renderSpannerStatus } from '../../cli/render/spokes.ts';

export default class SpannerStatus extends HubCommand<SpannerStatusJson> {
  static override summary = 'Show all spokes: health, eligibility, envoys, latency, and what holds a failover back.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<SpannerStatusJson> {
    const { flags } = await this.parse(SpannerStatus);
    const hub = await this.connect(flags);
    const status = spannerStatusJson(await hub.call((admin) => admin.getSpannerStatus({})));
    const { columns: width, style } = this.terminal;
    this.print(renderSpannerStatus(status, { width, style }));
    for (const { spoke, message } of status.warnings) this.printWarning(spoke ? `${spoke}: ${message}` : message);
    return status;
  }
}
