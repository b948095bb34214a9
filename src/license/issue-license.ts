/** The vendor's side: checks what a license is to say, and signs it. */
import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { VigoError } from '../fleet/errors.ts';
import { isFingerprint } from './fingerprint.ts';
import { sealLicense } from './license-envelope.ts';

export interface IssueLicenseOptions {
  /** The vendor's Ed25519 key, PKCS #8 PEM. */
  readonly privateKeyPem: string;
  readonly customer: string;
  /** Free text. */
  readonly tier: string;
  /** Envoys, fleet-wide. */
  readonly envoys: number;
  /** `2030-01-01` (from 00:00 UTC of that day on it is no longer valid) or an ISO 8601 time in UTC. */
  readonly expires: string;
  /** One for each machine that may run a server under it. */
  readonly fingerprints: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

// So many fingerprints fit into the size limit of a license file.
const MAX_FINGERPRINTS = 500;
const MAX_TEXT_LENGTH = 200;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z)?$/;

/** The content of a license file. Throws `INVALID_ARGUMENT` naming the option that is wrong. */
export function issueLicense(options: IssueLicenseOptions): string {
  const license = {
    id: randomUUID(),
    customer: checkText('--customer', options.customer),
    tier: checkText('--tier', options.tier),
    envoys: checkEnvoys(options.envoys),
    issuedAt: options.now,
    expiresAt: checkExpiry(options.expires, options.now),
    fingerprints: checkFingerprints(options.fingerprints),
  };
  return sealLicense(license, vendorPrivateKey(options.privateKeyPem));
}

function refuse(option: string, why: string, cause?: unknown): VigoError {
  return new VigoError('INVALID_ARGUMENT', `${option}: ${why}`, { cause });
}

function vendorPrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw refuse('--key', 'this is no private key in PEM form; name the vendor.key of `vigocli license keygen`', error);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw refuse('--key', `a ${key.asymmetricKeyType} key; Ed25519 is needed`);
  return key;
}

function checkText(option: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_TEXT_LENGTH || /\p{Cc}/u.test(trimmed)) {
    throw refuse(option, `needs 1 to ${MAX_TEXT_LENGTH} characters on one line`);
  }
  return trimmed;
}

function checkEnvoys(envoys: number): number {
  if (!Number.isSafeInteger(envoys) || envoys < 1) throw refuse('--envoys', `${envoys} is not a whole number above 0`);
  return envoys;
}

function checkExpiry(text: string, now: number): number {
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN;
  // Some days that no month has, like 2030-02-30, are read as days of the next one.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text.slice(0, 10)) {
    throw refuse('--expires', `${JSON.stringify(text.slice(0, 40))} is not a date; write it like 2030-01-01`);
  }
  if (time <= now) throw refuse('--expires', `${text} is not in the future`);
  return time;
}

function checkFingerprints(fingerprints: readonly string[]): string[] {
  const unique = [...new Set(fingerprints.map((fingerprint) => fingerprint.trim()))];
  if (unique.length === 0) throw refuse('--fingerprint', 'at least one is needed (`vigocli license fingerprint`)');
  if (unique.length > MAX_FINGERPRINTS) throw refuse('--fingerprint', `at most ${MAX_FINGERPRINTS} fit into a license`);
  const bad = unique.find((fingerprint) => !isFingerprint(fingerprint));
  if (bad !== undefined) {
    const form = 'copy the whole line that `vigocli license fingerprint` printed on the machine';
    throw refuse('--fingerprint', `${JSON.stringify(bad.slice(0, 80))} is not a fingerprint; ${form}`);
  }
  return unique;
}
