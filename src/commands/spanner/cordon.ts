/** vigocli spanner cordon */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { HubCommand } from '../../cli/hub-command.ts';
import { type SpokeJson, spokeJson } from '../../cli/json/spoke.ts';
import { present } from '../../cli/present.ts';

export default class SpannerCordon extends HubCommand<SpokeJson> {
  static override summary = 'Take a spoke out of placement: it keeps its envoys and takes no more.';
  static override examples = ['<%= config.bin %> <%= command.id %> dc1'];
  static override args = {
    spoke: Args.string({ description: 'id of the spoke', required: true }),
  };
  static override flags = {
    reason: Flags.string({ description: 'why, for the journal', default: '', helpValue: 'TEXT' }),
  };

  async run(): Promise<SpokeJson> {
    const { args, flags } = await this.parse(SpannerCordon);
    const hub = await this.connect(flags);
    const { spoke } = await hub.call((admin) => admin.cordonSpoke({ id: args.spoke, comment: flags.reason }));
    const result = spokeJson(present(spoke, 'a spoke'));
    this.print(`${result.id} is ${result.eligibility}`);
    return result;
  }
}
