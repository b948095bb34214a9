/**
 * How the CA in a directory is replaced by a new one, on disk. Files beside `ca.key` and `ca.pem`:
 *
 *   preparing   ca-next.key, ca-next.pem     the new CA; it counts for nothing yet
 *   switching   ca-next.key → ca.key, then ca-next.pem → ca.pem
 *   side by side   ca-former.pem, ca-cross.pem   the CA before, and what links the new one to it; written before the switch
 *   finished    both are gone
 *
 * The former key ends with the switch: it has nothing to sign any more. Whoever opens the directory completes a switch that was
 * cut off between its two renames; whatever was cut off before them is as if it had not been begun.
 */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { PUBLIC_FILE, removeFile, renameFile, replaceFile } from '../platform/durable-files.ts';
import { keepCaOrigin } from './ca-origin.ts';
import type { CertificateAuthority, FormerCa } from './certificate-authority.ts';
import { buildCaCertificate, buildCrossCertificate } from './certificates.ts';
import { publicKeyDer } from './keys.ts';
import { openOrCreatePrivateKeyFile, readFileFor, readPrivateKeyFile } from './private-key-file.ts';

const filesIn = (dir: string) => ({
  key: join(dir, 'ca.key'),
  cert: join(dir, 'ca.pem'),
  nextKey: join(dir, 'ca-next.key'),
  nextCert: join(dir, 'ca-next.pem'),
  former: join(dir, 'ca-former.pem'),
  cross: join(dir, 'ca-cross.pem'),
});

/** The CA before that of `dir`, if it is still trusted. Throws `DATA_DIR_UNUSABLE` for a file that cannot be read. */
export function readFormerCa(dir: string, certPem: string): FormerCa | undefined {
  const files = filesIn(dir);
  const former = readFileFor(files.former);
  const cross = readFileFor(files.cross);
  if (former === undefined || cross === undefined) return undefined;
  const links = read(files.cross, cross);
  const current = new X509Certificate(certPem);
  // Left by a rotation that ended before its switch: the CA is still the former one.
  if (!publicKeyDer(links).equals(publicKeyDer(current))) return undefined;
  if (!links.verify(read(files.former, former).publicKey)) {
    throw unusable(`${files.cross} was not signed by the CA in ${files.former}: restore both from the same backup`);
  }
  return { certPem: former, crossPem: cross };
}

/** Ends a switch between whose two renames somebody was killed. */
export async function completeSwitch(dir: string): Promise<void> {
  const files = filesIn(dir);
  const next = readFileFor(files.nextCert);
  if (next === undefined) return;
  const key = readPrivateKeyFile(files.key);
  if (!key || !publicKeyDer(key.key).equals(publicKeyDer(read(files.nextCert, next)))) return;
  await renameIfThere(files.nextCert, files.cert);
}

/**
 * Makes a new CA of the same trust domain and lets it take over from `ca`, which is that of `dir`. What is issued from then on
 * is good for who trusts either. Throws `ROTATION_RUNNING` as long as an earlier one is not finished, `DATA_DIR_UNUSABLE`.
 */
export async function beginCaRotation(dir: string, ca: CertificateAuthority, now: number): Promise<void> {
  if (ca.former) {
    throw new VigoError(
      'ROTATION_RUNNING',
      'the CA is being replaced already: see "vigocli pki status", and end it with "vigocli pki rotate-ca --finish"',
    );
  }
  const files = filesIn(dir);
  try {
    const formerKey = readPrivateKeyFile(files.key);
    if (!formerKey) throw unusable(`${files.key} is missing: restore it from a backup`);
    const next = await openOrCreatePrivateKeyFile(files.nextKey);
    const nextPem = await buildCaCertificate({ privateKeyPem: next.pem, trustDomain: ca.trustDomain, now });
    const crossPem = await buildCrossCertificate({
      former: new X509Certificate(ca.certPem),
      formerKeyPem: formerKey.pem,
      successor: new X509Certificate(nextPem),
    });
    await keepCaOrigin(dir, ca.certPem);
    await replaceFile(files.former, ca.certPem, PUBLIC_FILE);
    await replaceFile(files.cross, crossPem, PUBLIC_FILE);
    await replaceFile(files.nextCert, nextPem, PUBLIC_FILE);
    await renameFile(files.nextKey, files.key);
    await renameIfThere(files.nextCert, files.cert);
  } catch (error) {
    if (error instanceof VigoError) throw error;
    throw unusable(`cannot replace the CA in ${dir}: ${messageOf(error)}`, { cause: error });
  }
}

/** From now on the former CA is trusted no more. May be repeated. Throws `DATA_DIR_UNUSABLE`. */
export async function finishCaRotation(dir: string): Promise<void> {
  const files = filesIn(dir);
  try {
    await removeFile(files.former);
    await removeFile(files.cross);
  } catch (error) {
    throw unusable(`cannot remove the former CA from ${dir}: ${messageOf(error)}`, { cause: error });
  }
}

/** Somebody else who opened the directory may have been first. */
async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await renameFile(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function read(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unusable(`${file} is not a certificate in PEM form; restore it from a backup`, { cause: error });
  }
}

function unusable(message: string, options?: ErrorOptions): VigoError {
  return new VigoError('DATA_DIR_UNUSABLE', message, options);
}
