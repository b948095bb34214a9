/** Archives on their way, from an operator to the hub and from the hub to a spoke: the header first, then chunks. */
import { VigoError } from '../fleet/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';

/** Largest chunk, bytes. */
export const CHUNK_BYTES = 256 * 1024;
/** A header is on its way already when the call arrives. */
const HEADER_TIMEOUT_MS = 20_000;

/** One message of an upload. */
export interface UploadMessage<H> {
  readonly part:
    | { readonly case: 'header'; readonly value: H }
    | { readonly case: 'chunk'; readonly value: Uint8Array }
    | { readonly case: undefined; readonly value?: undefined };
}

type HeaderOf<M extends UploadMessage<unknown>> = Extract<M['part'], { readonly case: 'header' }>['value'];

export interface Upload<H> {
  readonly header: H;
  /** Exactly as many bytes as the header announces, or it throws INVALID_ARGUMENT or ARCHIVE_INVALID. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Reads the header and leaves the chunks to the caller. Throws INVALID_ARGUMENT, TIMEOUT. */
export async function receiveUpload<M extends UploadMessage<{ readonly size: number }>>(
  messages: AsyncIterable<M>,
  { clock }: { readonly clock: Clock },
): Promise<Upload<HeaderOf<M>>> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = await inTime(iterator.next(), clock);
  if (first.done || first.value.part.case !== 'header')
    throw new VigoError('INVALID_ARGUMENT', 'an upload begins with its header');
  const header: HeaderOf<M> = first.value.part.value;
  if (!Number.isSafeInteger(header.size) || header.size < 1)
    throw new VigoError(
      'INVALID_ARGUMENT',
      `an archive of ${header.size} bytes cannot be: the size is a whole number from 1`,
    );
  return { header, chunks: chunksOf(iterator, header.size) };
}

async function inTime<T>(next: Promise<T>, clock: Clock): Promise<T> {
  const done = new AbortController();
  const late = sleep(clock, HEADER_TIMEOUT_MS, done.signal).then((): never => {
    throw new VigoError('TIMEOUT', `no header of the upload came within ${HEADER_TIMEOUT_MS / 1000} s`);
  });
  // Settled by the abort below when the header was in time.
  late.catch(() => {});
  try {
    return await Promise.race([next, late]);
  } finally {
    done.abort();
  }
}

async function* chunksOf(iterator: AsyncIterator<UploadMessage<unknown>>, size: number): AsyncGenerator<Uint8Array> {
  let received = 0;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    const { part } = next.value;
    if (part.case !== 'chunk')
      throw new VigoError('INVALID_ARGUMENT', 'behind its header an upload has nothing but chunks');
    const { length } = part.value;
    if (length === 0 || length > CHUNK_BYTES)
      throw new VigoError('INVALID_ARGUMENT', `a chunk of ${length} bytes: 1 to ${CHUNK_BYTES} are allowed`);
    received += length;
    if (received > size)
      throw new VigoError('ARCHIVE_INVALID', `the archive is longer than the ${size} bytes that its header announces`);
    yield part.value;
  }
  if (received < size)
    throw new VigoError(
      'ARCHIVE_INVALID',
      `the archive ended after ${received} of the ${size} bytes that its header announces`,
    );
}

/** The messages that carry `chunks`, whatever size they have. */
export async function* uploadOf<H>(header: H, chunks: AsyncIterable<Uint8Array>) {
  yield { part: { case: 'header' as const, value: header } };
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += CHUNK_BYTES) {
      yield { part: { case: 'chunk' as const, value: chunk.subarray(start, start + CHUNK_BYTES) } };
    }
  }
}
