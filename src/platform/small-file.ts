/** Reads files that people name in configuration: a size limit, even for a path that leads to a device. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Certificates, keys and licenses are a few KiB. */
const MAX_BYTES = 64 * 1024;

/**
 * The text of `path`, UTF-8, at most 64 KiB. Blocks, so it is for start-up and reload. Throws Node's error when the
 * file cannot be read, or a plain Error when it is larger.
 */
export function readSmallFile(path: string): string {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    if (length > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

/** The same, `undefined` when there is no such file. */
export function readSmallFileIfPresent(path: string): string | undefined {
  try {
    return readSmallFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
