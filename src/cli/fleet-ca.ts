/** The fleet's CA as far as the data directory of this machine knows it. */
import { join } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { describeCa, openOrCreateCa } from '../pki/ca.ts';
import { readCa } from './data-dir.ts';

/**
 * SubjectPublicKeyInfo (DER) of the CA in `dataDir`, also where only its certificate is, as on a spoke.
 * Without one: undefined, or with `createAt` (milliseconds since 1970 UTC) it is made.
 */
export async function caKeyOf(
  dataDir: string,
  options: { readonly createAt?: number } = {},
): Promise<Buffer | undefined> {
  const pem = await readCa(dataDir);
  if (pem !== undefined) return describe(dataDir, pem);
  if (options.createAt === undefined) return undefined;
  return (await openOrCreateCa({ dir: join(dataDir, 'tls'), now: options.createAt })).publicKeyDer;
}

function describe(dataDir: string, pem: string): Buffer {
  try {
    return describeCa(pem).publicKeyDer;
  } catch (error) {
    const file = join(dataDir, 'tls', 'ca.pem');
    throw new VigoError('DATA_DIR_UNUSABLE', `${file} is no certificate: ${messageOf(error)}`, { cause: error });
  }
}
