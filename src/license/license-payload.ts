/** What a license says, and the form in which the vendor signs it. */
import { isFingerprint } from './fingerprint.ts';

export interface License {
  /** UUID of this license. */
  readonly id: string;
  readonly customer: string;
  readonly tier: string;
  /** Envoys, fleet-wide. */
  readonly envoys: number;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAt: number;
  /** Milliseconds since 1970 UTC; from this moment on it is no longer valid. */
  readonly expiresAt: number;
  /** Machines it is for. */
  readonly fingerprints: readonly string[];
}

/** `keyId` tells which vendor key signed, so that "another key" and "changed" can be told apart. */
export function encodePayload(license: License, keyId: string): string {
  const payload = {
    ...license,
    keyId,
    issuedAt: new Date(license.issuedAt).toISOString(),
    expiresAt: new Date(license.expiresAt).toISOString(),
  };
  return Buffer.from(JSON.stringify(payload)).toString('base64url');
}

/** `undefined` when the payload is not of the known form. Call it only after the signature was verified. */
export function decodePayload(encoded: string): License | undefined {
  const payload = decodeObject(encoded);
  if (!payload) return undefined;
  const { id, customer, tier, envoys, fingerprints } = payload;
  const issuedAt = timeOf(payload.issuedAt);
  const expiresAt = timeOf(payload.expiresAt);
  if (typeof id !== 'string' || typeof customer !== 'string' || typeof tier !== 'string') return undefined;
  if (typeof envoys !== 'number' || !Number.isSafeInteger(envoys) || envoys < 1) return undefined;
  if (issuedAt === undefined || expiresAt === undefined || !isFingerprintList(fingerprints)) return undefined;
  return { id, customer, tier, envoys, issuedAt, expiresAt, fingerprints };
}

/** The key id in a payload whose signature did not fit; `undefined` when there is none to be found. */
export function claimedKeyId(encoded: string): string | undefined {
  const keyId = decodeObject(encoded)?.keyId;
  return typeof keyId === 'string' && /^[0-9a-f]{16}$/.test(keyId) ? keyId : undefined;
}

function decodeObject(encoded: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isFingerprintList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && isFingerprint(item));
}
