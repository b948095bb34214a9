/** "host:port" as people write it: `web1.example.com:1530`, `10.0.0.1:1530`, `[::1]:1530`, and `:1530` to listen on. */
import { isIPv4, isIPv6 } from 'node:net';

export interface HostPort {
  /** Host name or IP address, without brackets; empty for "every address of this machine". */
  readonly host: string;
  readonly port: number;
}

const HOST = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?$/i;

function parse(text: string): HostPort | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { host: bracketed, port } : undefined;
  if (plain === undefined || (plain !== '' && !isHost(plain))) return undefined;
  return { host: plain, port };
}

// Digits and dots alone are an IPv4 address or a slip of the finger, never a host name.
const isHost = (text: string): boolean => (/^[\d.]+$/.test(text) ? isIPv4(text) : HOST.test(text));

/** An address that can be dialled: host and a port from 1 on. `undefined` if `text` is none. */
export function parseHostPort(text: string): HostPort | undefined {
  const parsed = parse(text);
  return parsed && parsed.host !== '' && parsed.port > 0 ? parsed : undefined;
}

/** An address that can be listened on: the host may be empty, port 0 picks a free one. `undefined` if `text` is none. */
export function parseListenAddress(text: string): HostPort | undefined {
  return parse(text);
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
