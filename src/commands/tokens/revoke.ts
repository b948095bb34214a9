/** vigocli tokens revoke */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type EnrollmentTokenJson, enrollmentTokenJson } from '../../cli/json/token.ts';
import { present } from '../../cli/present.ts';

export default class TokensRevoke extends HubCommand<EnrollmentTokenJson> {
  static override summary = 'Make an enrolment token useless; envoys that used it stay.';
  static override examples = ['<%= config.bin %> <%= command.id %> 4f1c9a'];
  static override args = {
    token: Args.string({ description: 'id of the token, from `tokens list`', required: true }),
  };

  async run(): Promise<EnrollmentTokenJson> {
    const { args, flags } = await this.parse(TokensRevoke);
    const hub = await this.connect(flags);
    const { token } = await hub.call((admin) => admin.revokeEnrollmentToken({ id: args.token }));
    const result = enrollmentTokenJson(present(token, 'a token'));
    this.print(`revoked ${result.id}`);
    return result;
  }
}
