/** vigocli envoys runs */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { HubCommand } from '../../cli/hub-command.ts';
import { type RunListJson, runListJson } from '../../cli/json/run.ts';
import { runColumns, runFooter, runsWarningText } from '../../cli/render/runs.ts';
import { renderTable } from '../../cli/render/table.ts';
import { systemClock } from '../../platform/clock.ts';

export default class EnvoysRuns extends HubCommand<RunListJson> {
  static override summary = 'List the runs of an envoy, newest first.';
  static override description =
    'Runs stay on the spoke that they were reported to: all spokes are asked, and those that do not answer are named.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web3.dc1.example.com',
    '<%= config.bin %> <%= command.id %> web3.dc1.example.com --limit 5 --json',
  ];
  static override args = {
    envoy: Args.string({ description: 'id or host name', required: true }),
  };
  static override flags = {
    limit: Flags.integer({ description: 'runs of a page', default: 20, min: 1, max: 1000, helpValue: 'N' }),
    cursor: Flags.string({ description: 'the page that begins here: nextCursor of the page before', default: '' }),
  };

  async run(): Promise<RunListJson> {
    const { args, flags } = await this.parse(EnvoysRuns);
    const hub = await this.connect(flags);
    const request = { envoy: args.envoy, limit: flags.limit, cursor: flags.cursor };
    const list = runListJson(await hub.call((admin) => admin.listRuns(request)));
    this.print(this.render(list));
    for (const warning of list.warnings) this.printWarning(runsWarningText(warning));
    return list;
  }

  private render({ runs, nextCursor }: RunListJson): string {
    if (runs.length === 0) return 'no runs';
    const { columns: width, style } = this.terminal;
    const table = renderTable(runColumns('envoy', systemClock.now()), runs, { width, style });
    return `${table}\n${runFooter(runs.length, nextCursor)}`;
  }
}
