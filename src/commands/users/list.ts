/** vigocli users list */
import { HubCommand } from '../../cli/hub-command.ts';
import { type UserJson, userJson } from '../../cli/json/user.ts';
import { renderTable } from '../../cli/render/table.ts';
import { userColumns } from '../../cli/render/users.ts';
import { systemClock } from '../../platform/clock.ts';

interface UsersJson {
  /** Newest first. */
  readonly users: readonly UserJson[];
}

export default class UsersList extends HubCommand<UsersJson> {
  static override summary = 'List the users, without their tokens.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<UsersJson> {
    const { flags } = await this.parse(UsersList);
    const hub = await this.connect(flags);
    const { users } = await hub.call((admin) => admin.listUsers({}));
    const result = { users: users.map(userJson) };
    const { columns: width, style } = this.terminal;
    const table = () => renderTable(userColumns(systemClock.now()), result.users, { width, style });
    this.print(users.length === 0 ? 'no users' : table());
    return result;
  }
}
