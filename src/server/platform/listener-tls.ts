/** TLS settings of the two encrypted listeners. */
import type { SecureContextOptions } from 'node:tls';

/** What a server shows, and whom it believes. PEM. */
export interface ListenerTls {
  /** The server's certificate. */
  readonly certPem: string;
  readonly keyPem: string;
  /** The fleet's CA certificates: client certificates must come from them. */
  readonly caPem: string;
}

/**
 * The chain that is shown includes the CA, so that a newcomer who knows only its digest can fetch it from the handshake.
 * TLS 1.3 between our own parts; 1.2 for browsers and CLIs behind old proxies.
 */
export function secureContextOptions(tls: ListenerTls, mutual: boolean): SecureContextOptions {
  const shown = tls.certPem.includes(tls.caPem.trim()) ? tls.certPem : `${tls.certPem.trimEnd()}\n${tls.caPem}`;
  return {
    cert: shown,
    key: tls.keyPem,
    ca: mutual ? tls.caPem : undefined,
    minVersion: mutual ? 'TLSv1.3' : 'TLSv1.2',
  };
}
