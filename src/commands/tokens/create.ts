/** vigocli tokens create */
import * as Flags from '@oclif/core/flags';
import { durationFlag } from '../../cli/flags/duration.ts';
import { HubCommand } from '../../cli/hub-command.ts';
import { isoOf } from '../../cli/json/time.ts';
import type { NewTokenJson } from '../../cli/json/token.ts';

interface NewEnrollmentTokenJson extends NewTokenJson {
  /** By which it can be revoked. */
  readonly id: string;
}

export default class TokensCreate extends HubCommand<NewEnrollmentTokenJson> {
  static override summary = 'Make a token with which machines become envoys.';
  static override description = 'Prints the token alone; it is shown only here. It carries the digest of the CA.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --uses 100 --ttl 24h --comment "rack 7"',
  ];
  static override flags = {
    uses: Flags.integer({
      description: 'how many machines may use it',
      default: 1,
      min: 1,
      max: 1_000_000,
      helpValue: 'N',
    }),
    ttl: durationFlag({ description: 'how long it can be used, at most 365d [default: 24h]' }),
    comment: Flags.string({ description: 'what it is for', default: '', helpValue: 'TEXT' }),
  };

  async run(): Promise<NewEnrollmentTokenJson> {
    const { flags } = await this.parse(TokensCreate);
    const hub = await this.connect(flags);
    const request = {
      uses: flags.uses,
      ttlSeconds: Math.ceil((flags.ttl ?? 0) / 1000),
      comment: flags.comment,
    };
    const { token, id, expiresAt } = await hub.call((admin) => admin.createEnrollmentToken(request));
    this.print(token);
    return { token, id, expiresAt: isoOf(expiresAt) };
  }
}
