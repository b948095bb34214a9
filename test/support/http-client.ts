/** HTTP over TLS as a browser or a script sends it, with a CA of the test's own; nothing is followed or kept by itself. */
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpResult {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The same as UTF-8. */
  readonly text: string;
  /** The values of `set-cookie`. */
  readonly cookies: readonly string[];
}

export interface HttpWish {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Resolves with what has come as soon as this holds, instead of at the end. */
  readonly enough?: (body: Buffer) => boolean;
}

export function sendHttps(url: string, caPem: string, wish: HttpWish = {}): Promise<HttpResult> {
  const { method = 'GET', headers = {}, body, enough } = wish;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method, headers, ca: caPem, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      const done = () => {
        const { statusCode: status = 0, headers: answered } = response;
        const body = Buffer.concat(chunks);
        resolve({ status, headers: answered, body, text: body.toString(), cookies: answered['set-cookie'] ?? [] });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (!enough?.(Buffer.concat(chunks))) return;
        done();
        request.destroy();
      });
      response.on('end', done).on('error', reject);
    });
    // After an answer it does not matter any more that the connection was cut.
    request.on('error', reject);
    request.end(body);
  });
}

/** "name=value" of the first `set-cookie` of this name, as a browser sends it back; undefined if there is none, or it was taken away. */
export function cookieFrom(result: Pick<HttpResult, 'cookies'>, name: string): string | undefined {
  const pair = result.cookies.map((cookie) => cookie.split(';')[0] ?? '').find((text) => text.startsWith(`${name}=`));
  return pair === `${name}=` ? undefined : pair;
}
