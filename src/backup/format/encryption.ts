/**
 * The outer form of a backup that is encrypted.
 *
 *   header: magic, version, cost of scrypt, size of frames, salt, a check of the key, SHA-256 of all of that; in the clear
 *   frames: 64 KiB each, AES-256-GCM with 16 bytes of tag; the last one is what is left
 *
 * The nonce of a frame is its number, and whether it is the last: a key is used for one file only, since the salt makes it. So a
 * frame that is missing, in another place, or behind the end is found, and so is every other change, once its frame is read.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';
import { VigoError } from '../../fleet/errors.ts';
import { backupInvalid } from './backup-invalid.ts';
import { createByteReader } from './byte-reader.ts';
import type { Source } from './sealed-gzip.ts';

const MAGIC = Buffer.from('vigobak\n');
const VERSION = 1;
const SALT_BYTES = 32;
const CHECK_BYTES = 32;
const DIGEST_BYTES = 32;
/** Magic, then version, log2 N, r, p. */
const CHECK_AT = MAGIC.length + 4 + SALT_BYTES;
export const ENCRYPTION_HEADER_BYTES: number = CHECK_AT + CHECK_BYTES + DIGEST_BYTES;
export const FRAME_BYTES: number = 64 * 1024;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** How hard a passphrase is to guess. */
export interface ScryptCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** 128 MiB and about half a second for every guess. */
const COST: ScryptCost = { logN: 17, r: 8, p: 1 };
/** A header that asks for more is not believed. */
const MAX_SCRYPT_BYTES = 1024 ** 3;

interface Keys {
  readonly frames: Buffer;
  readonly check: Buffer;
}

export const isEncrypted = (start: Buffer): boolean => start.subarray(0, MAGIC.length).equals(MAGIC);

/** `cost`: for tests; default the one that is good enough. */
export async function* encrypt(
  plain: AsyncIterable<Buffer>,
  passphrase: string,
  cost: ScryptCost = COST,
): AsyncGenerator<Buffer> {
  const start = Buffer.concat([MAGIC, Buffer.from([VERSION, cost.logN, cost.r, cost.p]), randomBytes(SALT_BYTES)]);
  const keys = await deriveKeys(passphrase, start);
  const checked = Buffer.concat([start, checkOf(keys, start)]);
  const header = Buffer.concat([checked, sha256(checked)]);
  yield header;
  const reader = createByteReader(plain);
  let frame = await reader.read(FRAME_BYTES);
  for (let number = 0; ; number++) {
    const next = frame.length < FRAME_BYTES ? undefined : await reader.read(FRAME_BYTES);
    const isLast = next === undefined || next.length === 0;
    const cipher = createCipheriv('aes-256-gcm', keys.frames, nonceOf(number, isLast)).setAAD(header);
    yield Buffer.concat([cipher.update(frame), cipher.final(), cipher.getAuthTag()]);
    if (isLast) return;
    frame = next;
  }
}

/** What is inside. Throws BACKUP_PASSPHRASE, and BACKUP_INVALID at once if the header is damaged; `chunks` throws it later. */
export async function decrypt(source: Source, passphrase: string): Promise<Source> {
  const header = await createByteReader(source.chunks()).read(ENCRYPTION_HEADER_BYTES);
  const keys = await openHeader(header, passphrase);
  const cipherBytes = source.length - header.length;
  const sealed = FRAME_BYTES + TAG_BYTES;
  const frames = Math.ceil(cipherBytes / sealed);
  const length = cipherBytes - frames * TAG_BYTES;
  if (length <= 0) throw backupInvalid('it is cut short: nothing follows its header');
  return {
    length,
    async *chunks() {
      const reader = createByteReader(source.chunks());
      await reader.read(header.length);
      for (let number = 0; number < frames; number++) {
        const frame = await reader.read(sealed);
        const isLast = number === frames - 1;
        if (frame.length < (isLast ? cipherBytes - number * sealed : sealed)) throw backupInvalid('it is cut short');
        if (frame.length < TAG_BYTES) throw notAuthentic(number, frames);
        const decipher = createDecipheriv('aes-256-gcm', keys.frames, nonceOf(number, isLast), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(header).setAuthTag(frame.subarray(-TAG_BYTES));
        const plain = decipher.update(frame.subarray(0, -TAG_BYTES));
        try {
          decipher.final();
        } catch {
          throw notAuthentic(number, frames);
        }
        yield plain;
      }
    },
  };
}

async function openHeader(header: Buffer, passphrase: string): Promise<Keys> {
  if (header.length < ENCRYPTION_HEADER_BYTES) throw backupInvalid('it is cut short in its header');
  const checked = header.subarray(0, -DIGEST_BYTES);
  if (!sha256(checked).equals(header.subarray(-DIGEST_BYTES))) throw backupInvalid('its header is damaged');
  const [version, logN = 0, r = 0, p = 0] = header.subarray(MAGIC.length);
  if (version !== VERSION) {
    throw backupInvalid(`it has the encrypted form ${version}, and this version of vigocli reads form ${VERSION}`);
  }
  if (logN < 1 || logN > 30 || r < 1 || p < 1 || p > 16 || 128 * 2 ** logN * r > MAX_SCRYPT_BYTES) {
    throw backupInvalid(`its header asks for scrypt with N=2^${logN}, r=${r}, p=${p}, which is out of bounds`);
  }
  const start = header.subarray(0, CHECK_AT);
  const keys = await deriveKeys(passphrase, start);
  if (!timingSafeEqual(checkOf(keys, start), header.subarray(CHECK_AT, CHECK_AT + CHECK_BYTES))) {
    throw new VigoError('BACKUP_PASSPHRASE', 'this is not the passphrase that the backup was encrypted with');
  }
  return keys;
}

async function deriveKeys(passphrase: string, start: Buffer): Promise<Keys> {
  const [logN = 0, r = 0, p = 0] = start.subarray(MAGIC.length + 1);
  const salt = start.subarray(MAGIC.length + 4);
  const N = 2 ** logN;
  const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
  // What it needs is 128 N r; the library's own limit is below that.
  const key = await derive(passphrase.normalize('NFC'), salt, 2 * KEY_BYTES, { N, r, p, maxmem: 256 * N * r });
  return { frames: key.subarray(0, KEY_BYTES), check: key.subarray(KEY_BYTES) };
}

const checkOf = (keys: Keys, start: Buffer): Buffer => createHmac('sha256', keys.check).update(start).digest();
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 0);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

const notAuthentic = (number: number, frames: number) =>
  backupInvalid(`it is damaged, cut short, or was put together anew (part ${number + 1} of ${frames})`);
