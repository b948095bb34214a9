/**
 * Keeps other sites from using a browser's cookie: a request that lives by one must come from a page of this server's own.
 *
 * Two things say so. The browser's word on where the request comes from, which no script can change. And a header that no
 * form can send, so that a script elsewhere would have to ask this server's leave first, which it never gives.
 */
import { VigoError } from '../../fleet/errors.ts';

export interface OwnPageRequest {
  /** "https://host:port" at which this server was asked. */
  readonly ownOrigin: string;
  /** A header's value; null or undefined if it is absent. */
  readonly header: (name: string) => string | null | undefined;
}

/** The origin of pages that come from `host`, "name" or "name:port". Throws TypeError for what is no host. */
export function httpsOrigin(host: string): string {
  return new URL(`https://${host}`).origin;
}

/** Throws PERMISSION_DENIED that says what is missing. */
export function requireOwnPage({ ownOrigin, header }: OwnPageRequest): void {
  const site = header('sec-fetch-site');
  const origin = header('origin');
  const own = site ? site === 'same-origin' : origin === ownOrigin;
  if (!own) {
    const from = site ? `sec-fetch-site is ${JSON.stringify(site.slice(0, 40))}` : originText(origin);
    throw refused(`only pages of ${ownOrigin} may use its cookie, but ${from}; programs use an API token instead`);
  }
  const json = /^application\/json\s*(;|$)/i.test(header('content-type') ?? '');
  if (!json && !header('connect-protocol-version')) {
    throw refused('calls with a cookie need the header connect-protocol-version, or content-type application/json');
  }
}

const originText = (origin: string | null | undefined): string =>
  origin ? `origin is ${JSON.stringify(origin.slice(0, 300))}` : 'the request names no origin';

const refused = (message: string): VigoError => new VigoError('PERMISSION_DENIED', message);
