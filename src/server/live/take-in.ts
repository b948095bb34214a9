/** Bytes of an archive from a peer to a file: as many as announced, in time, with the digest that was announced. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { VigoError } from '../../fleet/errors.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { ArchiveHeader } from './live-config.ts';

export interface TakeInOptions {
  readonly file: string;
  readonly header: ArchiveHeader;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Longest wait for a chunk, milliseconds. */
  readonly stallMs: number;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Throws ARCHIVE_INVALID, MESSAGE_TOO_LARGE, TIMEOUT, and what the signal or the sender says. The file is on disk then. */
export async function takeIn(options: TakeInOptions): Promise<Buffer> {
  const { header, chunks, maxBytes } = options;
  if (header.size > maxBytes) {
    throw new VigoError('MESSAGE_TOO_LARGE', `the archive has ${header.size} bytes, at most ${maxBytes} are accepted`);
  }
  const digest = createHash('sha256');
  const parts: Uint8Array[] = [];
  let received = 0;
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await inTime(iterator.next(), options);
      if (next.done) break;
      received += next.value.length;
      if (received > header.size) throw wrongSize(header, `more than ${header.size}`);
      digest.update(next.value);
      // Copied: a chunk may be a view into a buffer of the network.
      parts.push(Buffer.from(next.value));
    }
  } catch (error) {
    // Not awaited: a sender that stalls does not answer to this either.
    iterator.return?.()?.catch(() => undefined);
    throw error;
  }
  if (received < header.size) throw wrongSize(header, `${received}`);
  if (digest.digest('hex') !== header.version) {
    throw new VigoError('ARCHIVE_INVALID', 'the archive is refused: its SHA-256 is not the one that was announced');
  }
  const bytes = Buffer.concat(parts);
  await writeDurably(options.file, bytes);
  return bytes;
}

export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(bytes);
  await file.sync();
}

const wrongSize = ({ size }: ArchiveHeader, got: string): VigoError =>
  new VigoError('ARCHIVE_INVALID', `the archive is refused: it has ${got} bytes, ${size} were announced`);

async function inTime<T>(next: Promise<T>, { clock, stallMs, signal }: TakeInOptions): Promise<T> {
  signal.throwIfAborted();
  const arrived = new AbortController();
  const late = sleep(clock, stallMs, AbortSignal.any([arrived.signal, signal])).then((): never => {
    signal.throwIfAborted();
    throw new VigoError('TIMEOUT', `no part of the archive came for ${stallMs / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([next, late]);
  } finally {
    arrived.abort();
  }
}
