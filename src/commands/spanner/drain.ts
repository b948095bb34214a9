/** vigocli spanner drain */
import * as Flags from '@oclif/core/flags';
import type { MoveJson } from '../../cli/json/move.ts';
import { MoveCommand } from '../../cli/move-command.ts';
import { MoveReason } from '../../gen/vigo/v1/admin_pb.js';

export default class SpannerDrain extends MoveCommand {
  static override summary = 'Move all envoys off a spoke and cordon it.';
  static override description =
    'Without --to each envoy goes to the other spoke whose pattern its host name matches. ' +
    'The spoke takes no envoys until it is uncordoned. Asks first when more than one envoy would move.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --spoke dc1 --to dc2',
    '<%= config.bin %> <%= command.id %> --spoke dc1 --yes --detach --max-rate 500 --reason "new disks"',
  ];
  static override flags = {
    spoke: Flags.string({ description: 'the spoke that is emptied', helpValue: 'ID', required: true }),
    to: Flags.string({ description: 'the spoke that takes all of them [default: by pattern]', helpValue: 'SPOKE' }),
    'max-rate': Flags.integer({
      description: 'at most so many envoys a second [default: no limit]',
      helpValue: 'N',
      min: 1,
      max: 1_000_000,
    }),
  };

  async run(): Promise<MoveJson> {
    const { flags } = await this.parse(SpannerDrain);
    const hub = await this.connect(flags);
    return this.move(hub, flags, {
      reason: MoveReason.DRAIN,
      from: flags.spoke,
      to: flags.to ?? '',
      maxRate: flags['max-rate'] ?? 0,
    });
  }
}
