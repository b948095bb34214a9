/** Keys and the certificates that are made out for them. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Of these paths, a certificate NAME.pem and its key NAME.key in the same folder. */
export function pairsByName(paths: readonly string[]): KeyPair[] {
  const all = new Set(paths);
  return paths
    .filter((path) => path.endsWith('.pem') && all.has(keyOf(path)))
    .map((certificate) => ({ certificate, key: keyOf(certificate) }));
}

const keyOf = (path: string): string => path.replace(/\.pem$/, '.key');

/** What is wrong with a pair; undefined if they belong together. */
export function pairProblem(certificatePem: string, keyPem: string): string | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certificatePem);
  } catch {
    return 'the certificate cannot be read';
  }
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem)) ? undefined : 'they do not belong together';
  } catch {
    return 'the key cannot be read';
  }
}
