/** How our own servers and agents call each other: mTLS, and the server must be exactly whom the endpoint names. */
import { X509Certificate } from 'node:crypto';
import type { Interceptor } from '@connectrpc/connect';
import { VigoError } from '../fleet/errors.ts';
import { formatIdentity, identityOfCertificate } from '../pki/identity.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { createCloseableTransport, type PeerTransport } from './closeable-transport.ts';
import { formatHostPort, parseHostPort } from './host-port.ts';

export type { PeerTransport } from './closeable-transport.ts';

/** Where to call, and who must answer there. */
export interface PeerEndpoint {
  /** "host:port" of an mTLS listener. */
  readonly address: string;
  /** SPIFFE URI that the server's certificate must carry. */
  readonly identity: string;
}

/** The caller's certificate (and what links its CA to the one before), its key, and the fleet's CA certificates. PEM. */
export interface PeerCredentials {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

export interface PeerTransportOptions {
  readonly endpoint: PeerEndpoint;
  /** Those of a function are asked for at every connect, so that they may change. */
  readonly tls: PeerCredentials | (() => PeerCredentials);
  /** Longest time for TCP and TLS together, milliseconds; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Deadline of a call that names none, milliseconds; default 10,000. */
  readonly defaultTimeoutMs?: number;
  /** Largest message that is read or written, bytes; default 16 MiB: 1,000 envoy records with their traits. */
  readonly maxMessageBytes?: number;
  /** A connection without calls ends after this time, milliseconds; default 15 minutes. */
  readonly idleTimeoutMs?: number;
  /** Around every call; default none. */
  readonly interceptors?: readonly Interceptor[];
  readonly clock?: Clock;
}

/** Connects with the first call. Throws `INVALID_ARGUMENT` for an endpoint without a proper address. */
export function createPeerTransport(options: PeerTransportOptions): PeerTransport {
  const { endpoint, tls } = options;
  const credentials = typeof tls === 'function' ? tls : () => tls;
  const target = parseHostPort(endpoint.address);
  if (!target) {
    throw new VigoError('INVALID_ARGUMENT', `${JSON.stringify(endpoint.address)} is no address: expected host:port`);
  }
  return createCloseableTransport({
    baseUrl: `https://${formatHostPort(target)}`,
    target,
    tls() {
      const { certPem, keyPem, caPem } = credentials();
      return {
        cert: certPem,
        key: keyPem,
        ca: caPem,
        minVersion: 'TLSv1.3',
        // Called after the chain was verified. The name that was dialled says nothing: servers move, identities stay.
        checkServerIdentity: (_host, certificate) => checkIdentity(certificate.raw, endpoint),
      };
    },
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    defaultTimeoutMs: options.defaultTimeoutMs ?? 10_000,
    maxMessageBytes: options.maxMessageBytes ?? 16 * 1024 * 1024,
    ...(options.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.idleTimeoutMs }),
    ...(options.interceptors ? { interceptors: [...options.interceptors] } : {}),
    clock: options.clock ?? systemClock,
  });
}

function checkIdentity(certificate: Buffer, endpoint: PeerEndpoint): Error | undefined {
  const identity = identityOfCertificate(new X509Certificate(certificate));
  const found = identity && formatIdentity(identity);
  if (found === endpoint.identity) return undefined;
  return new VigoError(
    'PERMISSION_DENIED',
    `the server at ${endpoint.address} is ${found ?? 'nobody of this fleet'}, expected ${endpoint.identity}`,
  );
}
