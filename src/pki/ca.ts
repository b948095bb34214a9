/**
 * Finds or makes the fleet's CA on disk: `ca.key` (0600) and `ca.pem` in a directory of mode 0700.
 *
 * The key is written first and neither file is ever replaced, so a crash or a second process at any point leaves a state
 * that the next start completes: no files → key alone → both. A certificate without its key is an error. How another CA takes
 * the place of this one: `ca-rotation.ts`.
 */
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { createFileOnce, PRIVATE_DIR, PUBLIC_FILE } from '../platform/durable-files.ts';
import { completeSwitch, readFormerCa } from './ca-rotation.ts';
import { type CertificateAuthority, createCertificateAuthority, trustDomainOf } from './certificate-authority.ts';
import { buildCaCertificate } from './certificates.ts';
import { publicKeyDer } from './keys.ts';
import { openOrCreatePrivateKeyFile, readFileFor, readPrivateKeyFile } from './private-key-file.ts';

export {
  type CaDescription,
  type CertificateAuthority,
  describeCa,
  type IssueRequest,
} from './certificate-authority.ts';

/** A directory that this program fills itself. */
export interface CaDirectory {
  readonly dir: string;
}

/** Files of a CA made elsewhere; both must exist. */
export interface CaFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * The CA, or `undefined` when the directory holds none, or only the key of one whose making was cut off.
 * Throws `DATA_DIR_UNUSABLE` naming the file when a file is unreadable, no P-256 CA, or the two do not belong together.
 */
export function openCa(place: CaFiles): Promise<CertificateAuthority>;
export function openCa(place: CaDirectory): Promise<CertificateAuthority | undefined>;
export async function openCa(place: CaDirectory | CaFiles): Promise<CertificateAuthority | undefined> {
  const { certFile, keyFile } = 'dir' in place ? filesIn(place.dir) : place;
  if ('dir' in place) await completeSwitch(place.dir);
  const certPem = readFileFor(certFile);
  const key = readPrivateKeyFile(keyFile);
  if (certPem !== undefined && key) {
    checkCertificate(certFile, certPem);
    checkPair(certFile, certPem, keyFile, key.pem);
    const former = 'dir' in place ? readFormerCa(place.dir, certPem) : undefined;
    return createCertificateAuthority(certPem, key.pem, former);
  }
  if ('dir' in place) {
    if (certPem === undefined) return undefined;
    throw unusable(`${certFile} is there but its key ${keyFile} is missing: restore it from a backup`);
  }
  throw unusable(`${certPem === undefined ? certFile : keyFile} does not exist; give both files of the CA or neither`);
}

/** The CA of `dir`, made when there is none. `now`: milliseconds since 1970 UTC. Throws `DATA_DIR_UNUSABLE`. */
export async function openOrCreateCa(options: CaDirectory & { readonly now: number }): Promise<CertificateAuthority> {
  const existing = await openCa(options);
  if (existing) return existing;
  const { certFile, keyFile } = filesIn(options.dir);
  try {
    await mkdir(options.dir, { recursive: true, mode: PRIVATE_DIR });
    await chmod(options.dir, PRIVATE_DIR);
    const key = await openOrCreatePrivateKeyFile(keyFile);
    const trustDomain = trustDomainOf(publicKeyDer(key.key));
    const certPem = await buildCaCertificate({ privateKeyPem: key.pem, trustDomain, now: options.now });
    await createFileOnce(certFile, certPem, PUBLIC_FILE);
  } catch (error) {
    if (error instanceof VigoError) throw error;
    throw unusable(`cannot make a CA in ${options.dir}: ${messageOf(error)}`, { cause: error });
  }
  // Read back: another process may have been first with either file.
  const created = await openCa(options);
  if (!created) throw unusable(`${certFile} was removed while it was being made; start again`);
  return created;
}

function filesIn(dir: string): CaFiles {
  return { certFile: join(dir, 'ca.pem'), keyFile: join(dir, 'ca.key') };
}

function checkCertificate(certFile: string, certPem: string): void {
  const count = certPem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (count !== 1)
    throw unusable(`${certFile} holds ${count} certificates in PEM form; exactly the CA's own is needed`);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certPem);
  } catch (error) {
    throw unusable(`${certFile} is not a certificate in PEM form; restore it from a backup`, { cause: error });
  }
  if (!certificate.ca) {
    throw unusable(`${certFile} is not a CA certificate (basicConstraints CA, keyUsage keyCertSign)`);
  }
  // Everybody is told to trust this one certificate: TLS needs the chain to end there.
  if (!certificate.checkIssued(certificate) || !certificate.verify(certificate.publicKey)) {
    throw unusable(`${certFile} is not self-signed; the fleet needs a root CA of its own, not an intermediate one`);
  }
}

function checkPair(certFile: string, certPem: string, keyFile: string, keyPem: string): void {
  if (!publicKeyDer(certPem).equals(publicKeyDer(keyPem))) {
    throw unusable(`${keyFile} is not the key of the certificate ${certFile}: restore the pair from the same backup`);
  }
}

function unusable(message: string, options?: ErrorOptions): VigoError {
  return new VigoError('DATA_DIR_UNUSABLE', message, options);
}
