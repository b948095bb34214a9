/** The CA certificates that somebody trusts, as one PEM text: usually one, two while one CA takes over from another. */
import { hash, X509Certificate } from 'node:crypto';

/** The certificates of a PEM text, in its order. Throws what is wrong with one of them. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * A number by which two sides find out whether they trust the same CAs: of the SHA-256 over the certificates the first four
 * bytes; never 0, which stands for "does not say". It detects a difference, it proves nothing.
 */
export function trustTag(trustPem: string): number {
  const ders = certificatesOf(trustPem).map((certificate) => certificate.raw);
  return hash('sha256', Buffer.concat(ders), 'buffer').readUInt32BE(0) || 1;
}

/** Whether `leaf` was signed by one of these CAs. */
export function isIssuedByOneOf(leaf: X509Certificate, cas: readonly X509Certificate[]): boolean {
  return cas.some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
}
