/** vigocli notifications retry */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type NotificationJson, notificationJson } from '../../cli/json/notification.ts';
import { present } from '../../cli/present.ts';

export default class NotificationsRetry extends HubCommand<NotificationJson> {
  static override summary = 'Try a notification again now, also one that was given up.';
  static override description = 'It waits for earlier ones about the same spoke to the same endpoint.';
  static override examples = ['<%= config.bin %> <%= command.id %> msg_4f1c9a'];
  static override args = {
    notification: Args.string({ description: 'its id, from `notifications list`', required: true }),
  };

  async run(): Promise<NotificationJson> {
    const { args, flags } = await this.parse(NotificationsRetry);
    const hub = await this.connect(flags);
    const { notification } = await hub.call((admin) => admin.retryNotification({ id: args.notification }));
    const result = notificationJson(present(notification, 'a notification'));
    this.print(`${result.id} is tried again`);
    return result;
  }
}
