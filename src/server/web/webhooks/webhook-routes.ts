/**
 * POST /webhooks/<name>: a provider of repositories says that something was pushed. Plain HTTP on the API listener.
 *
 * 202 accepted; what comes of it is in the audit log · 200 known already, nothing is done · 204 nothing that matters here, the
 * header `vigo-ignored` says why · 4xx refused, `{"error":{code,message}}` says why
 */
import { createHash } from 'node:crypto';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import { type Bucket, FULL_BUCKET, takeToken } from '../../../fleet/token-bucket.ts';
import { type Clock, deadline } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { Webhooks } from '../../hub/webhooks/webhook-service.ts';
import { type HttpLayer, pathOf } from '../../platform/http-json.ts';
import { remoteAddressOf } from '../../platform/remote-address.ts';
import { createAddressLimiter } from '../address-limiter.ts';
import { errorAnswer, type HttpAnswer, type HttpCall, httpCallOf, sendAnswer } from '../http-call.ts';
import { publicError } from '../public-error.ts';
import { readBody } from '../read-body.ts';
import { type PushEvent, readPushEvent } from './push-event.ts';
import type { WebhookProvider } from './webhook-provider.ts';

export interface WebhookEntry {
  readonly name: string;
  readonly provider: WebhookProvider;
  /** Only pushes to it count; undefined: to the default branch, or to any if the provider does not say which that is. */
  readonly branch: string | undefined;
  /** server.yaml names the repository; else the delivery must. */
  readonly namesRepository: boolean;
}

export interface WebhookRoutesOptions {
  /** Those that are configured now. */
  readonly entries: () => readonly WebhookEntry[];
  readonly webhooks: Pick<Webhooks, 'receive'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const PREFIX = '/webhooks/';
const MAX_BODY_BYTES = 1024 * 1024;
/** A megabyte over a slow line. Providers themselves give up after 10 s. */
const BODY_TIMEOUT_MS = 10_000;
/** Each may hold a megabyte before it is known who sends it. */
const MAX_BODIES = 32;
/** A provider sends for many repositories from one address, and one event after the other. */
const BY_ADDRESS = { perSecond: 5, burst: 50, maxWaitMs: 30_000 };
/** Each costs a hash over a megabyte at most. */
const ALTOGETHER = { perSecond: 50, burst: 200, maxWaitMs: 30_000 };
/** Pushes of one webhook that its provider has vouched for: each is a row on disk and a line of the audit log. */
const BY_WEBHOOK = { perSecond: 1, burst: 60, maxWaitMs: 60_000 };

/** Answers all that is under `/webhooks/`; all else goes on. */
export function createWebhookRoutes(options: WebhookRoutesOptions): HttpLayer {
  const { clock, logger } = options;
  const callers = createAddressLimiter({
    byAddress: BY_ADDRESS,
    altogether: ALTOGETHER,
    refusal: 'too many deliveries: send it again later',
    clock,
  });
  const accept = createAcceptance(options);
  let bodies = 0;

  const deliver = async (call: HttpCall, name: string): Promise<HttpAnswer> => {
    callers.enter(call.address);
    const entry = options.entries().find((candidate) => candidate.name === name);
    if (!entry) return problem(404, 'NOT_FOUND', `there is no webhook ${JSON.stringify(name)} in server.yaml`);
    if (call.request.method !== 'POST')
      return { ...problem(405, 'METHOD_NOT_ALLOWED', 'use POST'), headers: { allow: 'POST' } };
    if (bodies >= MAX_BODIES) throw new VigoError('OVERLOADED', 'too many deliveries at a time: send it again later');
    bodies++;
    const body = await bodyInTime(call, clock).finally(() => bodies--);
    if (!body) return problem(408, 'TIMEOUT', `the body did not arrive within ${BODY_TIMEOUT_MS / 1000} s`);
    return accept(entry, call, body);
  };

  return (next) => (request, response) => {
    const path = pathOf(request);
    if (!path.startsWith(PREFIX)) return next(request, response);
    const name = path.slice(PREFIX.length);
    const answered = async () => {
      const answer = await deliver(httpCallOf(request), name);
      if (answer.status === 408) response.once('finish', () => request.destroy());
      sendAnswer(response, answer);
    };
    answered()
      .catch((error: unknown) => {
        const address = remoteAddressOf(request);
        const told = publicError(error, path, logger);
        logger.warn({ webhook: name, address, code: told.code, error: messageOf(error) }, 'delivery refused');
        sendAnswer(response, errorAnswer(told));
      })
      // What nobody has read would keep the connection from its next request.
      .finally(() => request.resume());
  };
}

/** Undefined if it does not come in time. */
async function bodyInTime({ request }: HttpCall, clock: Clock): Promise<Buffer | undefined> {
  const limit = deadline(clock, BODY_TIMEOUT_MS);
  const late = new Promise<undefined>((resolve) => {
    limit.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const body = readBody(request, MAX_BODY_BYTES);
  // When it is late, its end concerns nobody any more.
  body.catch(() => undefined);
  return Promise.race([body, late]).finally(limit.cancel);
}

type Acceptance = (entry: WebhookEntry, call: HttpCall, body: Buffer) => Promise<HttpAnswer>;

/** From a body that somebody has sent to what is done about it. */
function createAcceptance({ webhooks, clock, logger }: WebhookRoutesOptions): Acceptance {
  const buckets = new Map<string, Bucket>();
  const count = (name: string): void => {
    const { bucket, retryAfterMs } = takeToken(
      buckets.get(name) ?? FULL_BUCKET,
      BY_WEBHOOK,
      clock.monotonic(),
      clock.random(),
    );
    buckets.set(name, bucket);
    if (retryAfterMs !== undefined)
      throw new VigoError('OVERLOADED', 'too many pushes: send it again later', { retryAfterMs });
  };
  return async ({ name, provider, branch, namesRepository }, call, body) => {
    await provider.authenticate(call.header, body);
    const event = provider.event(call.header);
    const ignored = (reason: string): HttpAnswer => {
      logger.info({ webhook: name, reason }, 'delivery ignored');
      return { status: 204, headers: { 'vigo-ignored': reason } };
    };
    if (event !== 'push') return ignored('not a push event');
    const id = provider.deliveryId(call.header) ?? '';
    if (!/^[\x21-\x7e]{1,200}$/.test(id))
      throw new VigoError('INVALID_ARGUMENT', 'the delivery has no id: its header is missing, or no plain text');
    const push = readPushEvent(body);
    const reason = reasonToIgnore(push, branch);
    if (reason) return ignored(reason);
    if (!namesRepository && push.repository === undefined)
      throw new VigoError(
        'INVALID_ARGUMENT',
        'the push names no repository that can be cloned by https: name it in server.yaml, under "repository" of the webhook',
      );
    count(name);
    const accepted = await webhooks.receive({
      webhook: name,
      id,
      bodyDigest: createHash('sha256').update(body).digest('hex'),
      byBody: provider.byBody,
      repository: namesRepository ? '' : (push.repository ?? ''),
      detail: `push to ${push.branch}, ${push.commit.slice(0, 12)}`,
      origin: call.address,
    });
    logger.info({ webhook: name, delivery: id, accepted }, 'delivery received');
    return accepted
      ? { status: 202, body: { status: 'accepted', delivery: id } }
      : { status: 200, body: { status: 'duplicate', delivery: id } };
  };
}

function reasonToIgnore({ branch, deleted, defaultBranch }: PushEvent, configured: string | undefined): string {
  const wanted = configured ?? defaultBranch;
  if (branch === undefined) return 'not a branch';
  if (deleted) return 'the branch is gone';
  return wanted === undefined || branch === wanted ? '' : 'another branch';
}

const problem = (status: number, code: string, message: string): HttpAnswer => ({
  status,
  body: { error: { code, message } },
});
