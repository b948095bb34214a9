/** License files: issued by the vendor, verified by every server that starts under one. */
import { createPublicKey } from 'node:crypto';
import { VigoError } from '../fleet/errors.ts';
import { fingerprintMatches, matchFingerprints } from './fingerprint.ts';
import { openLicense } from './license-envelope.ts';
import type { License } from './license-payload.ts';

export { type IssueLicenseOptions, issueLicense } from './issue-license.ts';
export type { License } from './license-payload.ts';

export interface VerifyLicenseOptions {
  /** The file's content. */
  readonly text: string;
  /** The vendor's Ed25519 public key. */
  readonly publicKeyPem: string;
  /** This machine's. */
  readonly fingerprint: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/**
 * The license, if it is genuine, in force and for this machine. Throws `LICENSE_INVALID` (no license file),
 * `LICENSE_SIGNATURE` (changed, or signed by another key), `LICENSE_EXPIRED` or `LICENSE_OTHER_MACHINE`, in this order.
 */
export function verifyLicense(options: VerifyLicenseOptions): License {
  const license = openLicense(options.text, createPublicKey(options.publicKeyPem));
  if (options.now >= license.expiresAt) throw expired(license);
  if (!fingerprintMatches(options.fingerprint, license.fingerprints)) throw otherMachine(license, options.fingerprint);
  return license;
}

function expired(license: License): VigoError {
  return new VigoError(
    'LICENSE_EXPIRED',
    `the license of ${license.customer} expired on ${new Date(license.expiresAt).toISOString()}: ` +
      'ask the vendor for a renewed one and install it with: vigocli license install FILE',
  );
}

function otherMachine(license: License, fingerprint: string): VigoError {
  const best = Math.max(0, ...license.fingerprints.map((other) => matchFingerprints(fingerprint, other)));
  return new VigoError(
    'LICENSE_OTHER_MACHINE',
    `the license of ${license.customer} is for another machine: this one has the fingerprint ${fingerprint}, ` +
      `of which ${best} of 3 parts match and 2 are needed. Send it to the vendor, who issues the license again with ` +
      'this fingerprint (vigocli license issue --fingerprint)',
  );
}
