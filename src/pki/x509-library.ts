/**
 * The library that makes requests and certificates, loaded on first use: it costs about 100 ms of start-up, and an agent
 * that only checks in never needs it.
 */

export type X509Library = typeof import('@peculiar/x509');

export async function loadX509(): Promise<X509Library> {
  // The library's dependency injection reads decorator metadata, for which this must be in place first.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** What WebCrypto calls our keys, and how they sign. */
export const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const ECDSA_SHA256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
