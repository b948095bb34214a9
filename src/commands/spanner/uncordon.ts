/** vigocli spanner uncordon */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type SpokeJson, spokeJson } from '../../cli/json/spoke.ts';
import { present } from '../../cli/present.ts';

export default class SpannerUncordon extends HubCommand<SpokeJson> {
  static override summary = 'Put a spoke back into placement.';
  static override examples = ['<%= config.bin %> <%= command.id %> dc1'];
  static override args = {
    spoke: Args.string({ description: 'id of the spoke', required: true }),
  };

  async run(): Promise<SpokeJson> {
    const { args, flags } = await this.parse(SpannerUncordon);
    const hub = await this.connect(flags);
    const { spoke } = await hub.call((admin) => admin.uncordonSpoke({ id: args.spoke }));
    const result = spokeJson(present(spoke, 'a spoke'));
    this.print(`${result.id} is ${result.eligibility}`);
    return result;
  }
}
