/** The fleet's CA as far as the data directory of this machine knows it. */
import { join } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { openOrCreateCa } from '../pki/ca.ts';
import { caOriginKey } from '../pki/ca-origin.ts';
import { readCa } from './data-dir.ts';

/**
 * SubjectPublicKeyInfo (DER) of the first CA of `dataDir`, also where only its certificate is, as on a spoke.
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

function describe(dataDir: string, pem: string): Buffer | undefined {
  try {
    return caOriginKey(join(dataDir, 'tls'), pem);
  } catch (error) {
    const file = join(dataDir, 'tls', 'ca.pem');
    throw new VigoError('DATA_DIR_UNUSABLE', `${file} is no certificate: ${messageOf(error)}`, { cause: error });
  }
}
