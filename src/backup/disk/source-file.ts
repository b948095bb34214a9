/** A file that goes into a backup: open from when it was looked at, so that what replaces it meanwhile does not matter. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { chunksOf } from '../format/open-backup.ts';

export interface SourceFile {
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Of the whole, lower-case hex. */
  readonly sha256: string;
  chunks(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Undefined if there is none. Throws what the system says, and a plain Error if it is no regular file. */
export async function openSourceFile(path: string): Promise<SourceFile | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error(`${path} is no regular file`);
    const { size } = stats;
    const digest = createHash('sha256');
    for await (const chunk of chunksOf(file, size)) digest.update(chunk);
    return {
      size,
      mode: stats.mode & 0o777,
      sha256: digest.digest('hex'),
      chunks: () => chunksOf(file, size),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
