/** Streams of bytes for tests. */

/** In chunks of `size`. */
export async function* inChunks(bytes: Buffer, size: number = bytes.length || 1): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function allOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found);
}

/** As it would be read from a file. */
export const sourceOf = (bytes: Buffer, chunkSize?: number) => ({
  length: bytes.length,
  chunks: () => inChunks(bytes, chunkSize),
});

/** The same bytes, but one bit. */
export function flipped(bytes: Buffer, at: number, bit: number = at % 8): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ (1 << bit);
  return copy;
}
