/** How a provider of repositories shows that a request is its own, and what it calls things. */
import { timingSafeEqual } from 'node:crypto';
import { verify } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { WebhookConfig } from '../../config/server-config.ts';
import { sameHash, secretHash } from '../../platform/admin-auth.ts';

type Header = (name: string) => string | undefined;

export interface WebhookProvider {
  /** Throws UNAUTHENTICATED unless somebody who has the secret sent `body`, which nobody has changed. */
  authenticate(header: Header, body: Buffer): Promise<void>;
  /** What the provider calls a delivery; the same when it is sent again. */
  deliveryId(header: Header): string | undefined;
  /** What has happened; "push" for a push. */
  event(header: Header): string;
  /** Nothing vouches for the id of a delivery: who has seen one could send it again under another. */
  readonly byBody: boolean;
}

/** Of the kind that `provider` names, with a secret as it stands in its file. Throws what is wrong with the secret. */
export function createWebhookProvider(
  provider: WebhookConfig['provider'],
  secret: string,
  clock: Pick<Clock, 'now'>,
): WebhookProvider {
  switch (provider) {
    case 'github':
      return {
        authenticate: (header, body) => checkDigest('x-hub-signature-256', header, body, secret, 'sha256='),
        deliveryId: (header) => header('x-github-delivery'),
        event: (header) => header('x-github-event') ?? '',
        byBody: true,
      };
    case 'gitea':
      return {
        authenticate: (header, body) => checkDigest('x-gitea-signature', header, body, secret, ''),
        deliveryId: (header) => header('x-gitea-delivery'),
        event: (header) => header('x-gitea-event') ?? '',
        byBody: true,
      };
    case 'gitlab':
      return gitlab(secret, clock);
  }
}

/** A secret token is sent as it is; a signing token, which looks like this, signs id, time and body. */
const SIGNING_TOKEN = /^whsec_/;
/** Clocks differ, and retries come at once. */
const TOLERANCE_S = 5 * 60;

function gitlab(secret: string, clock: Pick<Clock, 'now'>): WebhookProvider {
  const webhook = SIGNING_TOKEN.test(secret) ? signingToken(secret) : undefined;
  return {
    async authenticate(header, body) {
      if (webhook) return checkSigned(webhook, header, body, clock.now());
      const token = header('x-gitlab-token');
      if (token === undefined) throw refused('it has no header X-Gitlab-Token');
      if (!sameHash(secretHash(token), secretHash(secret))) throw refused('X-Gitlab-Token is not the secret');
    },
    deliveryId: (header) =>
      webhook ? header('webhook-id') : (header('idempotency-key') ?? header('x-gitlab-event-uuid')),
    event: (header) => {
      const name = header('x-gitlab-event') ?? '';
      return name === 'Push Hook' ? 'push' : name;
    },
    // Who has seen a secret token can make up what he likes; a signature covers the id.
    byBody: false,
  };
}

function signingToken(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch (error) {
    throw new Error(`expected whsec_ and base64: ${messageOf(error)}`, { cause: error });
  }
}

/** HMAC-SHA256 of the body in hex; compared in constant time. */
async function checkDigest(name: string, header: Header, body: Buffer, secret: string, prefix: string): Promise<void> {
  const shown = header(name);
  if (shown === undefined || shown === '') throw refused(`it has no header ${name}`);
  // A body that is no UTF-8 becomes another one here, and then its signature does not fit.
  const good = await verify(secret, body.toString('utf8'), prefix === '' ? `sha256=${shown}` : shown);
  if (!good) throw refused(`${name} does not fit the body: the secret is another one, or the body was changed`);
}

function checkSigned(webhook: Webhook, header: Header, body: Buffer, now: number): void {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(header);
  if (!id || !timestamp || !signatures)
    throw refused('it is not signed: webhook-id, -timestamp or -signature is missing');
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) - now / 1000) > TOLERANCE_S)
    throw refused(`webhook-timestamp is more than ${TOLERANCE_S} s off`);
  const expected = Buffer.from(webhook.sign(id, new Date(Number(timestamp) * 1000), body.toString('utf8')));
  const good = signatures.split(' ').some((signature) => {
    const shown = Buffer.from(signature);
    return shown.length === expected.length && timingSafeEqual(shown, expected);
  });
  if (!good) throw refused('webhook-signature does not fit: the signing token is another one, or the body was changed');
}

const refused = (reason: string): VigoError =>
  new VigoError('UNAUTHENTICATED', `this delivery is not from the provider that server.yaml names: ${reason}`);
