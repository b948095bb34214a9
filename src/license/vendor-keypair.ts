/** Makes the key pair with which a vendor signs licenses. */
import { generateKeyPairSync } from 'node:crypto';

export interface VendorKeyPair {
  /** PKCS #8, Ed25519. */
  readonly privateKeyPem: string;
  /** SubjectPublicKeyInfo, Ed25519. */
  readonly publicKeyPem: string;
}

export function generateVendorKeys(): VendorKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKeyPem: privateKey, publicKeyPem: publicKey };
}
