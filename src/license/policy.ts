/** What a server may do under its license, or without one. */
import { messageOf, VigoError } from '../fleet/errors.ts';
import { readSmallFileIfPresent } from '../platform/small-file.ts';
import { verifyLicense } from './license-file.ts';
import { vendorPublicKey } from './vendor-key.ts';

/** The license in force. */
export interface ActiveLicense {
  /** Empty under the free license. */
  readonly customer: string;
  readonly tier: string;
  /** Envoys, fleet-wide. */
  readonly envoys: number;
  /** Milliseconds since 1970 UTC; absent under the free license, which does not end. */
  readonly expiresAt?: number;
  /** VIGO_LICENSE_VENDOR_KEY replaced the built-in vendor key. */
  readonly evaluation: boolean;
  /** This machine's; empty when it has none, which only the free license allows. */
  readonly fingerprint: string;
  /** Machines that the license is for; empty under the free license. */
  readonly fingerprints: readonly string[];
}

/** Built in: needs no file, for standalone servers only. */
export const FREE_LICENSE: ActiveLicense = {
  customer: '',
  tier: 'free',
  envoys: 25,
  evaluation: false,
  fingerprint: '',
  fingerprints: [],
};

export interface LoadLicenseOptions {
  /** Where the license file is looked for. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This machine's; `undefined` when it has none: enough for the free license. */
  readonly fingerprint: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly role: 'standalone' | 'hub' | 'spoke';
}

/**
 * The license of `file`, or the free one without a file. Throws `LICENSE_REQUIRED` for a hub or spoke without a file,
 * what `verifyLicense` throws for a file that does not do, `FINGERPRINT_UNAVAILABLE`, and `CONFIG_INVALID` for a bad
 * VIGO_LICENSE_VENDOR_KEY.
 */
export async function loadLicense(options: LoadLicenseOptions): Promise<ActiveLicense> {
  const { file, fingerprint, role } = options;
  const { publicKeyPem, evaluation } = vendorPublicKey(options.env);
  const text = readLicenseFile(file);
  if (text === undefined) {
    if (role !== 'standalone') throw licenseRequired(role, file);
    return { ...FREE_LICENSE, evaluation, fingerprint: fingerprint ?? '' };
  }
  if (fingerprint === undefined) {
    const remedy = 'see `vigocli license fingerprint` for what is missing';
    throw new VigoError('FINGERPRINT_UNAVAILABLE', `${file}: this machine has no fingerprint to compare; ${remedy}`);
  }
  try {
    const license = verifyLicense({ text, publicKeyPem, fingerprint, now: options.now });
    const { customer, tier, envoys, expiresAt, fingerprints } = license;
    return { customer, tier, envoys, expiresAt, evaluation, fingerprint, fingerprints };
  } catch (error) {
    if (error instanceof VigoError) throw new VigoError(error.code, `${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Call it before an enrolment, with the envoys there are. Throws `LICENSE_EXHAUSTED` when one more is too many. */
export function checkCapacity(license: Pick<ActiveLicense, 'envoys' | 'tier'>, enrolled: number): void {
  if (enrolled < license.envoys) return;
  throw new VigoError(
    'LICENSE_EXHAUSTED',
    `the ${license.tier} license covers ${license.envoys} envoys and ${enrolled} are enrolled: revoke envoys that are ` +
      'gone (vigocli envoys revoke) or install a larger license (vigocli license install FILE)',
  );
}

function readLicenseFile(file: string): string | undefined {
  try {
    return readSmallFileIfPresent(file);
  } catch (error) {
    throw new VigoError('LICENSE_INVALID', `cannot read the license file ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function licenseRequired(role: string, file: string): VigoError {
  return new VigoError(
    'LICENSE_REQUIRED',
    `a ${role} needs a license and there is none at ${file} (the free license runs a standalone server with ` +
      `${FREE_LICENSE.envoys} envoys). Print this machine's fingerprint with \`vigocli license fingerprint\`, have the ` +
      'vendor issue a license for it, and install that with `vigocli license install FILE`',
  );
}
