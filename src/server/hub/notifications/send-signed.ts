/** Tells one endpoint one thing, signed as Standard Webhooks has it: the id stays, time and signature are of this try. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Webhook } from 'standardwebhooks';
import { type Clock, deadline } from '../../../platform/clock.ts';
import type { NotificationEndpoint } from './fleet-event.ts';

export interface SendSignedOptions {
  readonly url: string;
  readonly signer: Pick<Webhook, 'sign'>;
  /** CA certificates that the endpoint's must come from, PEM; undefined: those of the system. */
  readonly caPem: string | undefined;
  readonly clock: Clock;
}

/** From the connection to the last byte of the answer. */
const TIMEOUT_MS = 10_000;
/** What an endpoint says beside its status is of no use; so much is read to let it end in peace. */
const MAX_ANSWER_BYTES = 64 * 1024;

export function createSendSigned({ url, signer, caPem, clock }: SendSignedOptions): NotificationEndpoint['send'] {
  return async ({ id, body }, signal) => {
    const now = clock.now();
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'vigocli',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': signer.sign(id, new Date(now), body),
    };
    const limit = deadline(clock, TIMEOUT_MS, signal);
    try {
      const status = await post(url, { headers, body, caPem, signal: limit.signal });
      if (status >= 200 && status < 300) return;
      const why = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
      throw new Error(`the endpoint answered with ${status}${why}`);
    } catch (error) {
      signal.throwIfAborted();
      if (limit.signal.aborted) throw new Error(`no answer within ${TIMEOUT_MS / 1000} s`, { cause: error });
      throw error;
    } finally {
      limit.cancel();
    }
  };
}

interface Post {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
  readonly caPem: string | undefined;
  readonly signal: AbortSignal;
}

/** Its status, when the answer has ended or is longer than anybody needs. */
function post(url: string, { headers, body, caPem, signal }: Post): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, signal, agent: false };
    const onAnswer = (response: IncomingMessage) => {
      const { statusCode: status = 0 } = response;
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_ANSWER_BYTES) return;
        resolve(status);
        request.destroy();
      });
      response.once('end', () => resolve(status));
      response.once('error', reject);
    };
    const request = url.startsWith('https:')
      ? httpsRequest(url, { ...options, ca: caPem }, onAnswer)
      : httpRequest(url, options, onAnswer);
    request.once('error', reject);
    request.end(body);
  });
}
