/**
 * The outer form of a backup that is not encrypted: a gzip file whose every byte is accounted for.
 *
 * The checksum of gzip says nothing about its own header and misses what is padding. So an empty second member follows, as the
 * format allows and every `gunzip` reads, with an extra field that holds the SHA-256 of everything before it. It shows damage;
 * against somebody who means it, only encryption helps.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw, createInflateRaw } from 'node:zlib';
import { messageOf } from '../../fleet/errors.ts';
import { backupInvalid } from './backup-invalid.ts';
import { createByteReader } from './byte-reader.ts';

/** Deflate, no name, no time, unknown system. */
const HEADER = Buffer.from('1f8b08000000000000ff', 'hex');
/** CRC and length. */
const TRAILER_BYTES = 8;
const DIGEST_BYTES = 32;
const SEAL_BYTES = 58;
/** Most of a database shrinks at once or not at all, and a server works on the same machine. */
const LEVEL = 3;

/** What is read: how many bytes there are, and they themselves. */
export interface Source {
  readonly length: number;
  chunks(): AsyncIterable<Buffer>;
}

export const isGzip = (start: Buffer): boolean => start.subarray(0, 2).equals(HEADER.subarray(0, 2));

export async function* sealGzip(plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const whole = createHash('sha256');
  for await (const chunk of gzip(plain)) {
    whole.update(chunk);
    yield chunk;
  }
  yield sealOf(whole.digest());
}

/**
 * The bytes that were sealed. They may be believed once all of them were taken: throws BACKUP_INVALID at the end, or before, if a
 * single byte of the file is not as it was written, is missing or is too much.
 */
export async function* unsealGzip(source: Source): AsyncGenerator<Buffer> {
  const reader = createByteReader(source.chunks());
  const whole = createHash('sha256');
  const bodyBytes = source.length - SEAL_BYTES - TRAILER_BYTES - HEADER.length;
  if (bodyBytes < 0) throw backupInvalid('it is cut short');
  const header = await reader.read(HEADER.length);
  if (!header.equals(HEADER)) throw backupInvalid('it does not begin as a backup does');
  whole.update(header);

  const inflate = createInflateRaw();
  const fed = pipeline(async function* () {
    for await (const piece of reader.pieces(bodyBytes)) {
      whole.update(piece);
      yield piece;
    }
  }, inflate);
  // Told below, where it is waited for.
  fed.catch(() => undefined);
  let [crc, length] = [0, 0];
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc);
      length += chunk.length;
      yield chunk;
    }
    await fed;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_'))
      throw backupInvalid(`it is damaged or cut short (${messageOf(error)})`, { cause: error });
    throw error;
  }
  const trailer = await reader.read(TRAILER_BYTES);
  whole.update(trailer);
  const seal = await reader.read(SEAL_BYTES);
  const isWhole =
    inflate.bytesWritten === bodyBytes && trailer.equals(trailerOf(crc, length)) && seal.equals(sealOf(whole.digest()));
  if (!isWhole) throw backupInvalid('it is damaged, cut short, or something was put behind it: its SHA-256 is another');
}

async function* gzip(plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let [crc, length] = [0, 0];
  yield HEADER;
  const deflate = createDeflateRaw({ level: LEVEL });
  const fed = pipeline(
    Readable.from(plain, { objectMode: false }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        crc = crc32(chunk, crc);
        length += chunk.length;
        yield chunk;
      }
    },
    deflate,
  );
  fed.catch(() => undefined);
  for await (const chunk of deflate as AsyncIterable<Buffer>) yield chunk;
  await fed;
  yield trailerOf(crc, length);
}

function trailerOf(crc: number, length: number): Buffer {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(crc, 0);
  // Of lengths above 4 GiB the lower half, as the format has it.
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return trailer;
}

/** An empty member with an extra field: "VB", its length, the digest. */
function sealOf(digest: Buffer): Buffer {
  const field = Buffer.from([0x56, 0x42, DIGEST_BYTES, 0]);
  const size = Buffer.from([field.length + DIGEST_BYTES, 0]);
  const header = Buffer.from(HEADER);
  header[3] = 0x04;
  return Buffer.concat([header, size, field, digest, Buffer.from([0x03, 0x00]), Buffer.alloc(TRAILER_BYTES)]);
}
