/** The webhooks that server.yaml names, each with the secret in its file. */
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { readSmallFile } from '../../platform/small-file.ts';
import type { WebhookConfig } from '../config/server-config.ts';
import { createWebhookProvider } from '../web/webhooks/webhook-provider.ts';
import type { WebhookEntry } from '../web/webhooks/webhook-routes.ts';

/** Throws CONFIG_INVALID naming key and file. */
export function openWebhookEntries(configs: readonly WebhookConfig[], clock: Pick<Clock, 'now'>): WebhookEntry[] {
  return configs.map(({ name, provider, secretFile, branch, repository }, index) => {
    try {
      const secret = readSmallFile(secretFile).trim();
      if (secret === '') throw new Error('it is empty');
      return {
        name,
        provider: createWebhookProvider(provider, secret, clock),
        branch,
        namesRepository: repository !== undefined,
      };
    } catch (error) {
      const message = `webhooks[${index}].secret_file: cannot use ${secretFile}: ${messageOf(error)}`;
      throw new VigoError('CONFIG_INVALID', message, { cause: error });
    }
  });
}
