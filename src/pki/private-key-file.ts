/** Reads and makes key files. A key that exists is used or refused, never replaced: certificates hang on it. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { createFileOnce, PRIVATE_FILE } from '../platform/durable-files.ts';
import { readSmallFileIfPresent } from '../platform/small-file.ts';
import { generatePrivateKeyPem, isP256PublicKey, publicKeyDer } from './keys.ts';

export interface PrivateKeyFile {
  readonly pem: string;
  readonly key: KeyObject;
}

/** `undefined` when there is no file. Throws `DATA_DIR_UNUSABLE` naming the file when it holds no usable key. */
export function readPrivateKeyFile(path: string): PrivateKeyFile | undefined {
  const pem = readFileFor(path);
  if (pem === undefined) return undefined;
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    const why = 'does not hold an unencrypted private key in PEM form; restore it from a backup';
    throw new VigoError('DATA_DIR_UNUSABLE', `${path} ${why}`, { cause: error });
  }
  if (!isP256PublicKey(publicKeyDer(key))) {
    throw new VigoError('DATA_DIR_UNUSABLE', `${path} holds a key of another sort; an ECDSA P-256 key is needed`);
  }
  return { pem, key };
}

/** The key in `path`, made when there is none; whoever else makes it at the same moment gets the same one. */
export async function openOrCreatePrivateKeyFile(path: string): Promise<PrivateKeyFile> {
  const existing = readPrivateKeyFile(path);
  if (existing) return existing;
  try {
    await createFileOnce(path, generatePrivateKeyPem(), PRIVATE_FILE);
  } catch (error) {
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
  const created = readPrivateKeyFile(path);
  if (!created) throw new VigoError('DATA_DIR_UNUSABLE', `${path} was removed while it was being made; start again`);
  return created;
}

/** `undefined` when there is no file. Throws `DATA_DIR_UNUSABLE` naming the file when it cannot be read. */
export function readFileFor(path: string): string | undefined {
  try {
    return readSmallFileIfPresent(path);
  } catch (error) {
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
