/** How the identity provider is asked: over TLS with the CA that the configuration names, and answers of a bounded size. */
import { request as httpsRequest } from 'node:https';
import type { CustomFetch, FetchBody } from 'openid-client';

export interface BoundedFetchOptions {
  /** CA certificates that the provider's must come from, PEM; undefined: those of the system. */
  readonly caPem: string | undefined;
}

/** Metadata, keys and tokens have some 10 KiB. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Follows no redirect. Rejects as `fetch` does; the deadline is the signal's. */
export function createBoundedFetch({ caPem }: BoundedFetchOptions): CustomFetch {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const request = httpsRequest(url, { method, headers, ca: caPem, signal, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
          else request.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
        });
        response.once('error', reject);
        response.once('end', () => {
          const { statusCode: status = 502, headers: answered } = response;
          const type = answered['content-type'];
          const empty = status === 204 || status === 304;
          resolve(
            new Response(empty ? null : Buffer.concat(chunks), {
              status,
              headers: type === undefined ? {} : { 'content-type': type },
            }),
          );
        });
      });
      request.once('error', reject);
      request.end(textOf(body));
    });
}

function textOf(body: FetchBody): string | undefined {
  if (body === null || body === undefined) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a request to the identity provider has a form for its body, or none');
}
