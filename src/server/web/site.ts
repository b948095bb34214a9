/**
 * Serves the web UI: its files, and its one page for every path that it knows itself.
 *
 * Everything else goes on to the next handler.
 */
import type { ServerResponse } from 'node:http';
import { type HttpLayer, type HttpRequest, type HttpResponse, pathOf, sendJson } from '../platform/http-json.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import type { SiteEncoding, SiteFile } from './site-files.ts';

/** First parts of the paths that the page itself shows; `web/src/app/routes` has the same. */
const PAGES = new Set(['spanner', 'envoys', 'runs', 'config', 'audit', 'settings', 'sign-in']);
const ENCODINGS: readonly SiteEncoding[] = ['br', 'gzip'];

/** `files` by path, such as "/index.html". */
export function createSite(files: ReadonlyMap<string, SiteFile>): HttpLayer {
  return (next) => (request, response) => {
    const path = pathOf(request);
    const file = files.get(path);
    const page = file ? undefined : files.get('/index.html');
    const known = path === '/' || PAGES.has(path.split('/')[1] ?? '');
    // A person who has mistyped an address is shown so by the page; a program is told by the next handler.
    const wanted = file ?? (known || wantsPage(request) ? page : undefined);
    if (!wanted) return next(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendJson(response, 405, { error: { code: 'METHOD_NOT_ALLOWED', message: 'use GET' } });
    sendFile(request, response, wanted, file || known ? 200 : 404);
  };
}

const wantsPage = (request: HttpRequest): boolean =>
  request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');

function sendFile(request: HttpRequest, response: HttpResponse, file: SiteFile, status: number): void {
  // The two classes share these methods, but not the type of their overloads.
  const either = response as ServerResponse;
  const accepted = request.headers['accept-encoding']?.toString() ?? '';
  const encoding = ENCODINGS.find((name) => file.encoded[name] && accepts(accepted, name));
  const body = (encoding && file.encoded[encoding]) || file.body;
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': file.type,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'accept-encoding',
  };
  if (status === 200 && request.headers['if-none-match'] === file.etag) {
    either.writeHead(304, headers);
    either.end();
    return;
  }
  either.writeHead(status, {
    ...headers,
    'content-length': body.length,
    ...(encoding && { 'content-encoding': encoding }),
  });
  either.end(request.method === 'HEAD' ? undefined : body);
}

/** "gzip, deflate, br;q=0" */
function accepts(header: string, encoding: SiteEncoding): boolean {
  return header.split(',').some((part) => {
    const [name, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
