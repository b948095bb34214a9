/** Where the webhooks that server.yaml names take their stacks from. */
import { join } from 'node:path';
import { withoutCredentials } from '../config/git-source.ts';
import { openFetchStacks } from '../hub/webhooks/fetch-stacks.ts';
import type { WebhookSource } from '../hub/webhooks/webhook-source.ts';
import type { RoleContext } from './role-parts.ts';

export async function openWebhookSources(
  context: Pick<RoleContext, 'config' | 'env' | 'clock'>,
): Promise<WebhookSource[]> {
  const { config, env, clock } = context;
  const fetch = await openFetchStacks({ workDir: join(config.dataDir, 'webhooks'), env, clock });
  return config.webhooks.map((webhook) => {
    const { name, repository, branch, path } = webhook;
    const words = [withoutCredentials(repository), branch && `branch ${branch}`, path && `path ${path}`];
    return { name, from: words.filter(Boolean).join(', '), fetch: (signal) => fetch(webhook, signal) };
  });
}
