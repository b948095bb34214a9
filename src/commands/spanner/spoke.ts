/** vigocli spanner spoke */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type SpokeDetailJson, spokeDetailJson } from '../../cli/json/spoke.ts';
import { present } from '../../cli/present.ts';
import { envoyColumns, warningText } from '../../cli/render/envoys.ts';
import { runColumns, runsWarningText } from '../../cli/render/runs.ts';
import { renderSpoke } from '../../cli/render/spokes.ts';
import { renderTable } from '../../cli/render/table.ts';
import { systemClock } from '../../platform/clock.ts';

export default class SpannerSpoke extends HubCommand<SpokeDetailJson> {
  static override summary = 'Show one spoke in detail, with the first of its envoys and its last runs.';
  static override examples = ['<%= config.bin %> <%= command.id %> dc1'];
  static override args = {
    spoke: Args.string({ description: 'id of the spoke', required: true }),
  };

  async run(): Promise<SpokeDetailJson> {
    const { args, flags } = await this.parse(SpannerSpoke);
    const hub = await this.connect(flags);
    const response = await hub.call((admin) => admin.getSpoke({ id: args.spoke }));
    const detail = spokeDetailJson(present(response.spoke, 'a spoke'), response);
    this.print(this.render(detail));
    const stale = detail.envoys.filter((envoy) => envoy.stale).length;
    for (const warning of detail.warnings) {
      this.printWarning(stale > 0 ? warningText(warning, stale) : runsWarningText(warning));
    }
    return detail;
  }

  private render(detail: SpokeDetailJson): string {
    const { columns: width, style } = this.terminal;
    const now = systemClock.now();
    const spoke = renderSpoke(detail, { style, now });
    const runs =
      detail.recentRuns.length === 0
        ? ''
        : `\n\n${renderTable(runColumns('spoke', now), detail.recentRuns, { width, style })}`;
    if (detail.envoys.length === 0) return `${spoke}${runs}`;
    const columns = envoyColumns(now).filter((column) => column.title !== 'SPOKE');
    const more = detail.envoyCount - detail.envoys.length;
    const footer = more > 0 ? `\n… and ${more} more: vigocli envoys list --spoke ${detail.id}` : '';
    return `${spoke}\n\n${renderTable(columns, detail.envoys, { width, style })}${footer}${runs}`;
  }
}
