/** How a CLI or a newcomer calls a hub's API listener: TLS and, for most calls, a bearer token. */
import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { Interceptor } from '@connectrpc/connect';
import { identityOfCertificate } from '../pki/identity.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { parseApiUrl } from './api-url.ts';
import { createCloseableTransport, type PeerTransport } from './closeable-transport.ts';

export interface ApiTransportOptions {
  /** "https://host:port". */
  readonly url: string;
  /** CA certificates that the server's must come from, PEM; default: those of the system. */
  readonly caPem?: string;
  /** Sent as `authorization: Bearer …`. */
  readonly token?: string;
  /** Deadline of a call that names none, milliseconds; default 30,000. */
  readonly timeoutMs?: number;
  /** Longest time for TCP and TLS together, milliseconds; default 5,000. */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
}

/** Connects with the first call. Throws `USAGE` for a URL that is none. */
export function createApiTransport(options: ApiTransportOptions): PeerTransport {
  const { caPem, token } = options;
  const { origin, target } = parseApiUrl(options.url);
  return createCloseableTransport({
    baseUrl: origin,
    target,
    tls: () => ({
      ca: caPem,
      minVersion: 'TLSv1.2',
      checkServerIdentity: (host, certificate) => checkApiServer(host, certificate, caPem !== undefined),
    }),
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    defaultTimeoutMs: options.timeoutMs ?? 30_000,
    // Envoy lists come in chunks far below; 32 MiB is what the largest single answer may be.
    maxMessageBytes: 32 * 1024 * 1024,
    interceptors: token === undefined ? [] : [bearer(token)],
    clock: options.clock ?? systemClock,
  });
}

/**
 * Called after the chain was verified. Under the fleet's own CA the hub's identity is as good as a host name, so that
 * a hub can be reached by an address that its certificate does not list; a public CA vouches for names only.
 */
function checkApiServer(host: string, certificate: PeerCertificate, ownCa: boolean): Error | undefined {
  const identity = ownCa ? identityOfCertificate(new X509Certificate(certificate.raw)) : undefined;
  if (identity?.kind === 'hub') return undefined;
  // Whatever names a spoke or an envoy got into its certificate: it is not the hub, and gets no token.
  if (identity) return new Error(`the certificate is that of ${identity.kind} ${identity.id}, not of a hub`);
  return checkServerIdentity(host, certificate);
}

function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
}
