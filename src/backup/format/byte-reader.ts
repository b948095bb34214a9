/** Reads a stream of bytes by number instead of by chunk. */

export interface ByteReader {
  /** The next `length` bytes; fewer only where the stream ends. */
  read(length: number): Promise<Buffer>;
  /** The same in pieces, as they come; for what need not be in memory at once. */
  pieces(length: number): AsyncGenerator<Buffer>;
}

export function createByteReader(chunks: AsyncIterable<Buffer>): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function* pieces(length: number): AsyncGenerator<Buffer> {
    let left = length;
    while (left > 0) {
      if (rest.length === 0) {
        const next = await iterator.next();
        if (next.done) return;
        rest = next.value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
  return {
    pieces,
    async read(length) {
      const found: Buffer[] = [];
      for await (const piece of pieces(length)) found.push(piece);
      return found.length === 1 ? (found[0] as Buffer) : Buffer.concat(found);
    },
  };
}
