/** vigocli spanner join-token */
import * as Args from '@oclif/core/args';
import { durationFlag } from '../../cli/flags/duration.ts';
import { HubCommand } from '../../cli/hub-command.ts';
import { isoOf } from '../../cli/json/time.ts';
import type { NewTokenJson } from '../../cli/json/token.ts';

export default class SpannerJoinToken extends HubCommand<NewTokenJson> {
  static override summary = 'Make a token with which a new spoke fetches its certificate.';
  static override description =
    'Prints the token alone; it is shown only here. It can be used once, and carries the API address and the digest of the CA.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dc1',
    'VIGO_JOIN_TOKEN=$(<%= config.bin %> <%= command.id %> dc1 --ttl 10m)',
  ];
  static override args = {
    spoke: Args.string({ description: 'id of the spoke, as in server.yaml', required: true }),
  };
  static override flags = {
    ttl: durationFlag({ description: 'how long it can be used, at most 7d [default: 1h]' }),
  };

  async run(): Promise<NewTokenJson> {
    const { args, flags } = await this.parse(SpannerJoinToken);
    const hub = await this.connect(flags);
    const request = { spokeId: args.spoke, ttlSeconds: Math.ceil((flags.ttl ?? 0) / 1000) };
    const { token, expiresAt } = await hub.call((admin) => admin.createJoinToken(request));
    this.print(token);
    return { token, expiresAt: isoOf(expiresAt) };
  }
}
