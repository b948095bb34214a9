/** Where the webhooks that server.yaml names take their stacks from. */
import { join } from 'node:path';
import { withoutCredentials } from '../config/git-source.ts';
import { openFetchStacks } from '../hub/webhooks/fetch-stacks.ts';
import type { WebhookSource } from '../hub/webhooks/webhook-source.ts';
import type { RoleContext } from './role-parts.ts';

export async function openWebhookSources(
  context: Pick<RoleContext, 'config' | 'env' | 'clock' | 'logger'>,
): Promise<WebhookSource[]> {
  const { config, env, clock, logger } = context;
  for (const { name, repository } of config.webhooks) {
    if (repository === undefined)
      logger.warn(
        { webhook: name },
        'publishes whatever repository a signed delivery names: better name it in server.yaml',
      );
  }
  const fetch = await openFetchStacks({ workDir: join(config.dataDir, 'webhooks'), env, clock });
  return config.webhooks.map((webhook) => {
    const { name, branch, path } = webhook;
    // What the delivery names counts only where server.yaml names nothing.
    const repositoryFor = (named: string) => webhook.repository ?? named;
    return {
      name,
      from(named) {
        const words = [withoutCredentials(repositoryFor(named)), branch && `branch ${branch}`, path && `path ${path}`];
        return words.filter(Boolean).join(', ');
      },
      fetch: (named, signal) => fetch({ ...webhook, repository: repositoryFor(named) }, signal),
    };
  });
}
