/** Small JSON answers for everything on a listener that is not an RPC. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/** Answers some paths and leaves the others to `next`. */
export type HttpLayer = (next: HttpHandler) => HttpHandler;

/** Answers with `body` as JSON, unless an answer has begun already. */
export function sendJson(response: HttpResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const text = `${JSON.stringify(body)}\n`;
  // The two classes share these methods, but not the type of their overloads.
  const either = response as ServerResponse;
  either.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  either.end(text);
}

/** The answer to a path that nothing serves. */
export function notFound(_request: HttpRequest, response: HttpResponse): void {
  sendJson(response, 404, { error: { code: 'NOT_FOUND', message: 'nothing is served under this path' } });
}

/** The path of a request, without its query. */
export function pathOf(request: HttpRequest): string {
  const url = request.url ?? '';
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
