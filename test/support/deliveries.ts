/** Deliveries as the providers of repositories send them. */
import { createHmac, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { HttpWish } from './http-client.ts';

export interface PushWish {
  readonly secret: string;
  /** Id of the newest commit. */
  readonly after: string;
  /** Default "refs/heads/main". */
  readonly ref?: string;
  /** Default a new one. */
  readonly id?: string;
  /** Default "push". */
  readonly event?: string;
  /** Instead of what a push says. */
  readonly body?: string;
  /** Where it says that the repository can be cloned; default it does not say. */
  readonly cloneUrl?: string;
  /** When it was signed, milliseconds since 1970 UTC; where the provider says so. */
  readonly at?: number;
}

export interface Delivery extends HttpWish {
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const hmac = (secret: string, body: string): string => createHmac('sha256', secret).update(body).digest('hex');

function bodyOf(wish: PushWish, holder: 'repository' | 'project'): string {
  const { ref = 'refs/heads/main', after, body, cloneUrl } = wish;
  const url = cloneUrl === undefined ? {} : { [holder === 'project' ? 'git_http_url' : 'clone_url']: cloneUrl };
  const about = { default_branch: 'main', ...url };
  const push = { ref, before: '0'.repeat(40), after, [holder]: about, sent: randomUUID() };
  return body ?? JSON.stringify(push);
}

export function githubDelivery(wish: PushWish): Delivery {
  const body = bodyOf(wish, 'repository');
  const headers = {
    ...JSON_TYPE,
    'x-github-event': wish.event ?? 'push',
    'x-github-delivery': wish.id ?? randomUUID(),
    'x-hub-signature-256': `sha256=${hmac(wish.secret, body)}`,
  };
  return { method: 'POST', headers, body };
}

export function giteaDelivery(wish: PushWish): Delivery {
  const body = bodyOf(wish, 'repository');
  const headers = {
    ...JSON_TYPE,
    'x-gitea-event': wish.event ?? 'push',
    'x-gitea-delivery': wish.id ?? randomUUID(),
    'x-gitea-signature': hmac(wish.secret, body),
  };
  return { method: 'POST', headers, body };
}

/** With a secret token. */
export function gitlabDelivery(wish: PushWish): Delivery {
  const headers = {
    ...JSON_TYPE,
    'x-gitlab-event': wish.event ?? 'Push Hook',
    'x-gitlab-event-uuid': randomUUID(),
    'idempotency-key': wish.id ?? randomUUID(),
    'x-gitlab-token': wish.secret,
  };
  return { method: 'POST', headers, body: bodyOf(wish, 'project') };
}

/** With a signing token. */
export function gitlabSignedDelivery(wish: PushWish & { readonly at: number }): Delivery {
  const body = bodyOf(wish, 'project');
  const id = wish.id ?? randomUUID();
  const headers = {
    ...JSON_TYPE,
    'x-gitlab-event': wish.event ?? 'Push Hook',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(wish.at / 1000)),
    'webhook-signature': new Webhook(wish.secret).sign(id, new Date(wish.at), body),
  };
  return { method: 'POST', headers, body };
}
