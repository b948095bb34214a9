/** A request for the web, taken apart, and how it is answered: every answer carries the headers that keep browsers careful. */
import type { ServerResponse } from 'node:http';
import { type ErrorCode, type ErrorKind, VigoError } from '../../fleet/errors.ts';
import type { HttpRequest, HttpResponse } from '../platform/http-json.ts';
import { remoteAddressOf } from '../platform/remote-address.ts';
import { httpsOrigin } from '../platform/same-origin.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

export interface HttpCall {
  readonly request: HttpRequest;
  /** "https://host:port" at which this server was asked. */
  readonly ownOrigin: string;
  /** IP address of the caller. */
  readonly address: string;
  /** The part of the URL behind the question mark. */
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** JSON of it, or HTML as it is. */
  readonly body?: object | string;
}

/** Nothing is loaded, run, framed or sent anywhere. */
export const STRICT_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// A host name, an IPv4 address or an IPv6 address in brackets, with or without a port.
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::\d{1,5})?$/i;

/** Throws INVALID_ARGUMENT if the request does not say whom it is for. */
export function httpCallOf(request: HttpRequest): HttpCall {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const host = header(':authority') ?? header('host') ?? '';
  if (!HOST.test(host)) throw new VigoError('INVALID_ARGUMENT', 'the request names no host that could be this server');
  const [, query = ''] = /\?([^#]*)/.exec(request.url ?? '') ?? [];
  return {
    request,
    ownOrigin: httpsOrigin(host),
    address: remoteAddressOf(request) || 'unknown',
    query: new URLSearchParams(query),
    header,
  };
}

/** Sends it, unless an answer has begun already or nobody waits for one any more. */
export function sendAnswer(response: HttpResponse, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const text = body === undefined ? '' : typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json';
  // The two classes share these methods, but not the type of their overloads.
  const either = response as ServerResponse;
  either.writeHead(status, {
    ...SECURITY_HEADERS,
    'content-security-policy': STRICT_CSP,
    'cache-control': 'no-store',
    ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    ...(headers as Record<string, string | string[]> | undefined),
  });
  either.end(text);
}

const STATUS: Record<ErrorKind, number> = {
  invalid_argument: 400,
  not_found: 404,
  already_exists: 409,
  failed_precondition: 400,
  permission_denied: 403,
  unauthenticated: 401,
  resource_exhausted: 429,
  unavailable: 503,
  deadline_exceeded: 504,
  aborted: 409,
  internal: 500,
};

const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = { MESSAGE_TOO_LARGE: 413 };

/** `{"error":{code,message}}`, and when to come back where that is known. */
export function errorAnswer(error: VigoError): HttpAnswer {
  const { code, message, kind, retryAfterMs } = error;
  // In whole seconds: this is HTTP's own header, and browsers read nothing finer.
  const wait = retryAfterMs === undefined ? undefined : String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return {
    status: STATUS_OF_CODE[code] ?? STATUS[kind],
    body: { error: { code, message } },
    ...(wait === undefined ? {} : { headers: { 'retry-after': wait } }),
  };
}
