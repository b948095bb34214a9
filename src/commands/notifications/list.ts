/** vigocli notifications list */
import * as Flags from '@oclif/core/flags';
import { HubCommand } from '../../cli/hub-command.ts';
import { type NotificationsJson, notificationsJson } from '../../cli/json/notification.ts';
import { NOTIFICATION_COLUMNS } from '../../cli/render/notifications.ts';
import { renderTable } from '../../cli/render/table.ts';

/** As the protocol numbers them. */
const STATES = { all: 0, pending: 1, dead: 2 } as const;

export default class NotificationsList extends HubCommand<NotificationsJson> {
  static override summary = 'Show what endpoints have still to be told, and what could not be told them.';
  static override description =
    'What was delivered is not kept. "dead": it was tried for about a day; try it again with `notifications retry`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --state dead --json',
  ];
  static override flags = {
    state: Flags.option({
      description: 'only those in this state',
      options: ['all', 'pending', 'dead'] as const,
      default: 'all' as const,
    })(),
    limit: Flags.integer({ description: 'at most so many', default: 100, min: 1, max: 1_000, helpValue: 'N' }),
    before: Flags.integer({ description: 'only those before this number', default: 0, min: 0, helpValue: 'NO' }),
  };

  async run(): Promise<NotificationsJson> {
    const { flags } = await this.parse(NotificationsList);
    const hub = await this.connect(flags);
    const request = { state: STATES[flags.state], limit: flags.limit, before: flags.before };
    const result = notificationsJson(await hub.call((admin) => admin.listNotifications(request)));
    const { columns: width, style } = this.terminal;
    this.print(
      result.notifications.length === 0
        ? 'nothing waits'
        : renderTable(NOTIFICATION_COLUMNS, result.notifications, { width, style }),
    );
    return result;
  }
}
