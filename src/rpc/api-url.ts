/** The URL of a hub's API listener. */
import { VigoError } from '../fleet/errors.ts';
import type { HostPort } from './host-port.ts';

export interface ApiUrl {
  /** "https://host:port". */
  readonly origin: string;
  readonly target: HostPort;
}

/** Throws `USAGE` if `url` is no `https://host:port`. */
export function parseApiUrl(url: string): ApiUrl {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const bare = parsed?.pathname === '/' && !parsed.search && !parsed.hash && !parsed.username && !parsed.password;
  if (parsed?.protocol !== 'https:' || !bare) {
    throw new VigoError('USAGE', `${JSON.stringify(url.slice(0, 200))} is no hub URL: expected https://host:port`);
  }
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  return { origin: parsed.origin, target: { host, port: Number(parsed.port || 443) } };
}
