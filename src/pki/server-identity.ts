/**
 * The certificate that a server with the CA at hand shows: kept while it is good, issued anew when it is not.
 *
 * `<name>.key` is never replaced; `<name>.pem` is derived from it and may be thrown away at any time.
 */
import { X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { renewsAt } from '../fleet/certificate-renewal.ts';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { PRIVATE_DIR, PUBLIC_FILE, replaceFile } from '../platform/durable-files.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { lifeOf } from './certificates.ts';
import { type Identity, identityOfCertificate } from './identity.ts';
import { publicKeyDer } from './keys.ts';
import { openOrCreatePrivateKeyFile, type PrivateKeyFile, readFileFor } from './private-key-file.ts';
import { certificatesOf } from './trust-bundle.ts';

export interface ServerIdentityOptions {
  readonly dir: string;
  /** Files are `<name>.pem` and `<name>.key`. */
  readonly name: 'hub' | 'spoke';
  readonly ca: CertificateAuthority;
  readonly identity: Identity;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** Life of a new certificate, milliseconds. */
  readonly lifeMs: number;
}

export interface ServerIdentity {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Throws `DATA_DIR_UNUSABLE` naming the file when the directory or the key cannot be used. */
export async function openOrIssueLeaf(options: ServerIdentityOptions): Promise<ServerIdentity> {
  const certFile = join(options.dir, `${options.name}.pem`);
  try {
    await mkdir(options.dir, { recursive: true, mode: PRIVATE_DIR });
    const key = await openOrCreatePrivateKeyFile(join(options.dir, `${options.name}.key`));
    const existing = readFileFor(certFile);
    if (existing !== undefined && isGood(existing, key, options)) return { certPem: existing, keyPem: key.pem };
    const certPem = await options.ca.issue({
      publicKeyDer: publicKeyDer(key.key),
      identity: options.identity,
      commonName: options.commonName,
      dnsNames: options.dnsNames,
      ipAddresses: options.ipAddresses,
      notBefore: options.now,
      notAfter: options.now + options.lifeMs,
    });
    await replaceFile(certFile, certPem, PUBLIC_FILE);
    return { certPem, keyPem: key.pem };
  } catch (error) {
    if (error instanceof VigoError) throw error;
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot write ${certFile}: ${messageOf(error)}`, { cause: error });
  }
}

function isGood(certPem: string, key: PrivateKeyFile, options: ServerIdentityOptions): boolean {
  let certificate: X509Certificate | undefined;
  let links: X509Certificate[];
  try {
    [certificate, ...links] = certificatesOf(certPem);
  } catch {
    return false;
  }
  // What links it to a CA before is shown only as long as that is trusted.
  if (!certificate || links.length !== (options.ca.former ? 1 : 0)) return false;
  const ca = new X509Certificate(options.ca.certDer);
  return (
    certificate.checkPrivateKey(key.key) &&
    certificate.checkIssued(ca) &&
    certificate.verify(ca.publicKey) &&
    isFresh(certificate, options.now) &&
    isDeepStrictEqual(identityOfCertificate(certificate), options.identity) &&
    options.dnsNames.every(
      (name) => certificate.checkHost(name, { wildcards: false, subject: 'never' }) !== undefined,
    ) &&
    options.ipAddresses.every((address) => certificate.checkIP(address) !== undefined)
  );
}

function isFresh(certificate: X509Certificate, now: number): boolean {
  return now >= certificate.validFromDate.getTime() && now < renewsAt(lifeOf(certificate));
}
