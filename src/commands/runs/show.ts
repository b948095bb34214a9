/** vigocli runs show */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type RunDetailJson, runDetailJson } from '../../cli/json/run.ts';
import { renderRun } from '../../cli/render/runs.ts';
import { systemClock } from '../../platform/clock.ts';

export default class RunsShow extends HubCommand<RunDetailJson> {
  static override summary = 'Show one run with the result of every resource, what failed first.';
  static override examples = ['<%= config.bin %> <%= command.id %> 01980a3e-7c44-7d1e-9f60-2b7c1f0a6e55'];
  static override args = {
    run: Args.string({ description: 'id of the run, as `envoys runs` shows it', required: true }),
  };

  async run(): Promise<RunDetailJson> {
    const { args, flags } = await this.parse(RunsShow);
    const hub = await this.connect(flags);
    const detail = runDetailJson(await hub.call((admin) => admin.getRun({ id: args.run })));
    const { columns: width, style } = this.terminal;
    this.print(renderRun(detail, { width, style, now: systemClock.now() }));
    return detail;
  }
}
