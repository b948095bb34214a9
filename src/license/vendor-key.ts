/** Which vendor key signs for this program: the built-in one, or for evaluation the one that the environment names. */
import { createPublicKey } from 'node:crypto';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { readSmallFile } from '../platform/small-file.ts';
import { BUILT_IN_VENDOR_KEY } from './built-in-vendor-key.ts';

export interface VendorPublicKey {
  readonly publicKeyPem: string;
  /** True when VIGO_LICENSE_VENDOR_KEY replaced the built-in key: every start and `license status` say so. */
  readonly evaluation: boolean;
}

/** Throws `CONFIG_INVALID` when VIGO_LICENSE_VENDOR_KEY names no readable Ed25519 public key. */
export function vendorPublicKey(env: Readonly<Record<string, string | undefined>>): VendorPublicKey {
  const path = env.VIGO_LICENSE_VENDOR_KEY;
  if (!path) return { publicKeyPem: BUILT_IN_VENDOR_KEY, evaluation: false };
  const refuse = (why: string, cause?: unknown): never => {
    const remedy = 'name the vendor.pub that `vigocli license keygen` wrote, or unset the variable';
    throw new VigoError('CONFIG_INVALID', `VIGO_LICENSE_VENDOR_KEY: ${path} ${why}; ${remedy}`, { cause });
  };
  let pem = '';
  try {
    pem = readSmallFile(path);
  } catch (error) {
    refuse(`cannot be read (${messageOf(error)})`, error);
  }
  // Node would derive the public half of a private key; a server has no business holding that one.
  if (pem.includes('PRIVATE KEY')) refuse('is a private key, which belongs to the vendor alone');
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') refuse(`holds a key of type ${key.asymmetricKeyType}, not Ed25519`);
    return { publicKeyPem: String(key.export({ type: 'spki', format: 'pem' })), evaluation: true };
  } catch (error) {
    if (error instanceof VigoError) throw error;
    return refuse('does not hold a public key in PEM form', error);
  }
}
