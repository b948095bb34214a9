/** vigocli users create */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { durationFlag } from '../../cli/flags/duration.ts';
import { HubCommand } from '../../cli/hub-command.ts';
import { type UserJson, userJson } from '../../cli/json/user.ts';
import { present } from '../../cli/present.ts';

interface NewUserJson extends UserJson {
  /** It is shown only here. */
  readonly token: string;
}

export default class UsersCreate extends HubCommand<NewUserJson> {
  static override summary = 'Make a user, and the API token that it signs in with.';
  static override description =
    'Prints the token alone; it is shown only here. A viewer may look at everything but credentials, an admin may do everything.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice --role admin',
    '<%= config.bin %> <%= command.id %> dashboard --role viewer --ttl 90d',
  ];
  static override args = {
    name: Args.string({ description: 'what the audit log calls it', required: true }),
  };
  static override flags = {
    role: Flags.string({ description: 'what it may do', options: ['viewer', 'admin'], required: true }),
    ttl: durationFlag({ description: 'how long the token is good, at most 366d [default: until it is revoked]' }),
  };

  async run(): Promise<NewUserJson> {
    const { args, flags } = await this.parse(UsersCreate);
    const hub = await this.connect(flags);
    const { Role } = await import('../../gen/vigo/v1/access_pb.js');
    const role = flags.role === 'admin' ? Role.ADMIN : Role.VIEWER;
    const request = { name: args.name, role, ttlSeconds: Math.ceil((flags.ttl ?? 0) / 1000) };
    const { token, user } = await hub.call((admin) => admin.createUser(request));
    this.print(token);
    return { token, ...userJson(present(user, 'a user')) };
  }
}
