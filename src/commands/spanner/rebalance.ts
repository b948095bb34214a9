/** vigocli spanner rebalance */
import type { MoveJson } from '../../cli/json/move.ts';
import { MoveCommand } from '../../cli/move-command.ts';
import { MoveReason } from '../../gen/vigo/v1/admin_pb.js';

export default class SpannerRebalance extends MoveCommand {
  static override summary = 'Send envoys home to the spoke that their host name matches.';
  static override description =
    'For the time after a drain or a failover. Asks first when more than one envoy would move.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --yes',
  ];

  async run(): Promise<MoveJson> {
    const { flags } = await this.parse(SpannerRebalance);
    const hub = await this.connect(flags);
    return this.move(hub, flags, { reason: MoveReason.REBALANCE });
  }
}
