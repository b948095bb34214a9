/**
 * What a license is bound to: three parts of a machine, of which two must match. A new network card changes one part; a
 * move to other hardware changes two.
 *
 * `vf1-<machine id>-<MAC>-<CA key>`: of each part 16 hex digits of a salted SHA-256, so that the text can be mailed
 * around without telling the parts, or `0` for a part that could not be had and that never matches.
 */
import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { VigoError } from '../fleet/errors.ts';
import { readSmallFile } from '../platform/small-file.ts';
import { type NetworkInterfaces, primaryMac } from './primary-mac.ts';

export interface FingerprintParts {
  readonly machineId?: string;
  /** Lower case, colons. */
  readonly mac?: string;
  /** SubjectPublicKeyInfo of the fleet's CA, DER. */
  readonly caPublicKey?: Buffer;
}

export interface FingerprintSources {
  /** Of the fleet's CA (`CaDescription.publicKeyDer`); without it the fingerprint has at most two parts. */
  readonly caPublicKey?: Buffer;
  /** The text of a file; throws when it cannot be read. Default: the real one. */
  readonly readFile?: (path: string) => string;
  /** Default: `os.networkInterfaces`. */
  readonly interfaces?: () => NetworkInterfaces;
}

const REQUIRED_MATCHES = 2;
const FORM = /^vf1-([0-9a-f]{16}|0)-([0-9a-f]{16}|0)-([0-9a-f]{16}|0)$/;
const MISSING = '0';

/** The parts that this machine has; never throws for one that it has not. */
export function collectParts(sources: FingerprintSources = {}): FingerprintParts {
  const { readFile = readSmallFile, interfaces = networkInterfaces, caPublicKey } = sources;
  const machineId = ['/etc/machine-id', '/var/lib/dbus/machine-id']
    .map((path) => attempt(() => readFile(path).trim().toLowerCase()))
    // Images ship the file empty, zeroed or saying "uninitialized" until the first boot.
    .find((id) => id !== undefined && /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id));
  const mac = primaryMac(
    attempt(interfaces) ?? {},
    attempt(() => readFile('/proc/net/route')),
  );
  return { ...(machineId && { machineId }), ...(mac && { mac }), ...(caPublicKey && { caPublicKey }) };
}

/** Throws `FINGERPRINT_UNAVAILABLE` when fewer than two parts are there: such a fingerprint could never match. */
export function formatFingerprint(parts: FingerprintParts): string {
  const { machineId, mac, caPublicKey } = parts;
  const missing = [
    machineId ? [] : ['machine id: create /etc/machine-id (systemd-machine-id-setup, or dbus-uuidgen)'],
    mac ? [] : ['MAC address: bring up a network interface'],
    caPublicKey
      ? []
      : ["the fleet CA's public key: use the data directory of a server that has been started or joined"],
  ].flat();
  if (missing.length > 3 - REQUIRED_MATCHES) {
    throw new VigoError(
      'FINGERPRINT_UNAVAILABLE',
      `this machine has no fingerprint: ${REQUIRED_MATCHES} of 3 parts are needed, and these are missing: ${missing.join('; ')}`,
    );
  }
  return ['vf1', digest('machine-id', machineId), digest('mac', mac), digest('ca-key', caPublicKey)].join('-');
}

/** Whether `text` is a fingerprint with at least two parts. */
export function isFingerprint(text: string): boolean {
  return partsOf(text).filter((part) => part !== MISSING).length >= REQUIRED_MATCHES;
}

/** How many parts, 0 to 3, are there in both and equal. */
export function matchFingerprints(mine: string, licensed: string): number {
  const others = partsOf(licensed);
  return partsOf(mine).filter((part, index) => part !== MISSING && part === others[index]).length;
}

/** Whether two of three parts match with one of `licensed`; parts of different fingerprints do not add up. */
export function fingerprintMatches(mine: string, licensed: readonly string[]): boolean {
  return licensed.some((fingerprint) => matchFingerprints(mine, fingerprint) >= REQUIRED_MATCHES);
}

function partsOf(text: string): readonly string[] {
  return FORM.exec(text)?.slice(1) ?? [];
}

function digest(part: string, value: string | Buffer | undefined): string {
  if (!value) return MISSING;
  return createHash('sha256').update(`vigo fingerprint 1 ${part}\n`).update(value).digest('hex').slice(0, 16);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
