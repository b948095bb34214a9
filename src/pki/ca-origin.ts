/**
 * The CA that a server first belonged to. A license is bound to its key among others, and must outlive a change of the CA:
 * before the first change the certificate is put aside as `ca-origin.pem`, and never replaced.
 */
import { join } from 'node:path';
import { createFileOnce, PUBLIC_FILE } from '../platform/durable-files.ts';
import { describeCa } from './certificate-authority.ts';
import { readFileFor } from './private-key-file.ts';

const fileIn = (dir: string): string => join(dir, 'ca-origin.pem');

/** To be called before `caPem` (its first certificate counts) is replaced in `dir`; later calls change nothing. */
export async function keepCaOrigin(dir: string, caPem: string): Promise<void> {
  await createFileOnce(fileIn(dir), caPem, PUBLIC_FILE);
}

/** SubjectPublicKeyInfo, DER, of the first CA; of `caPem` if it was never replaced; undefined without any. */
export function caOriginKey(dir: string, caPem: string | undefined): Buffer | undefined {
  const pem = readFileFor(fileIn(dir)) ?? caPem;
  return pem === undefined ? undefined : describeCa(pem).publicKeyDer;
}
