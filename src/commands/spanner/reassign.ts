/** vigocli spanner reassign */
import * as Flags from '@oclif/core/flags';
import type { MoveJson } from '../../cli/json/move.ts';
import { MoveCommand } from '../../cli/move-command.ts';
import { MoveReason } from '../../gen/vigo/v1/admin_pb.js';

export default class SpannerReassign extends MoveCommand {
  static override summary = 'Move the envoys whose host names match to another spoke.';
  static override description =
    'Each agent follows by itself at its next check-in. Asks first when more than one envoy would move.';
  static override examples = [
    "<%= config.bin %> <%= command.id %> --hostname 'web3.dc1.*' --to dc2",
    "<%= config.bin %> <%= command.id %> --hostname '*.rack7.dc1.*' --to dc2 --dry-run",
  ];
  static override flags = {
    hostname: Flags.string({ description: 'glob over host names', helpValue: 'GLOB', required: true }),
    to: Flags.string({ description: 'the spoke that takes them', helpValue: 'SPOKE', required: true }),
  };

  async run(): Promise<MoveJson> {
    const { flags } = await this.parse(SpannerReassign);
    const hub = await this.connect(flags);
    return this.move(hub, flags, { reason: MoveReason.REASSIGN, hostname: flags.hostname, to: flags.to });
  }
}
