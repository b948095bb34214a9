/** vigocli users revoke */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type UserJson, userJson } from '../../cli/json/user.ts';
import { present } from '../../cli/present.ts';

interface RevokedUserJson extends UserJson {
  /** Sessions on the web that ended with it. */
  readonly sessionsEnded: number;
}

export default class UsersRevoke extends HubCommand<RevokedUserJson> {
  static override summary = "Make a user's token useless and end its sessions on the web.";
  static override examples = ['<%= config.bin %> <%= command.id %> alice'];
  static override args = {
    user: Args.string({ description: 'id or name, from `users list`', required: true }),
  };

  async run(): Promise<RevokedUserJson> {
    const { args, flags } = await this.parse(UsersRevoke);
    const hub = await this.connect(flags);
    const { user, sessionsEnded } = await hub.call((admin) => admin.revokeUser({ user: args.user }));
    const result = { ...userJson(present(user, 'a user')), sessionsEnded };
    this.print(`revoked ${result.name}; sessions ended: ${sessionsEnded}`);
    return result;
  }
}
