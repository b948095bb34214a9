/** Licenses in JSON output. */
import type { GetLicenseResponse } from '../../gen/vigo/v1/admin_pb.js';
import { isoOf, textOrNull } from './time.ts';

export interface LicenseJson {
  /** Null for the built-in free license. */
  readonly customer: string | null;
  readonly tier: string;
  readonly envoys: number;
  /** Null where no server was asked. */
  readonly envoysUsed: number | null;
  readonly expiresAt: string | null;
  /** Signed by a key that VIGO_LICENSE_VENDOR_KEY names, not by the vendor's. */
  readonly evaluation: boolean;
  /** Of the server's machine; null if it has none, which only the free license allows. */
  readonly fingerprint: string | null;
  /** Those that the license names. */
  readonly fingerprints: readonly string[];
  /** Who says so: the running server, or only the file on this machine. */
  readonly source: 'server' | 'file';
}

export function licenseJson(response: GetLicenseResponse): LicenseJson {
  return {
    customer: textOrNull(response.customer),
    tier: response.tier,
    envoys: response.envoys,
    envoysUsed: response.envoysUsed,
    expiresAt: isoOf(response.expiresAt),
    evaluation: response.evaluation,
    fingerprint: textOrNull(response.fingerprint),
    fingerprints: response.fingerprints,
    source: 'server',
  };
}
