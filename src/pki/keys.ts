/** The one sort of key that certificates here use: ECDSA on P-256 (docs/adr/0003-p256-keys.md). */
import { createPublicKey, generateKeyPairSync, KeyObject, X509Certificate } from 'node:crypto';

// SubjectPublicKeyInfo of an uncompressed P-256 point always starts with these bytes; 64 bytes of coordinates follow.
const SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const SPKI_LENGTH = SPKI_PREFIX.length + 64;

/** A new P-256 private key, PKCS #8 PEM. */
export function generatePrivateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

/** SubjectPublicKeyInfo, DER, of a private key, public key or certificate; a string is PEM of any of these. */
export function publicKeyDer(source: KeyObject | X509Certificate | string): Buffer {
  return publicKeyOf(source).export({ type: 'spki', format: 'der' });
}

function publicKeyOf(source: KeyObject | X509Certificate | string): KeyObject {
  if (source instanceof X509Certificate) return source.publicKey;
  if (source instanceof KeyObject && source.type === 'public') return source;
  return createPublicKey(source as string);
}

/**
 * Whether `spki` is a P-256 public key in its one usual encoding: equal keys then have equal bytes, so that stored keys
 * can be compared byte by byte. A point that is not on the curve is none.
 */
export function isP256PublicKey(spki: Uint8Array): boolean {
  const der = Buffer.from(spki);
  if (der.length !== SPKI_LENGTH || !der.subarray(0, SPKI_PREFIX.length).equals(SPKI_PREFIX)) return false;
  try {
    return createPublicKey({ key: der, type: 'spki', format: 'der' }).asymmetricKeyType === 'ec';
  } catch {
    return false;
  }
}
