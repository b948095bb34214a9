/** A backup's file, whatever its outer form, as the archive in it. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { backupInvalid } from './backup-invalid.ts';
import { decrypt, isEncrypted } from './encryption.ts';
import { isGzip, type Source, unsealGzip } from './sealed-gzip.ts';

const CHUNK_BYTES = 256 * 1024;
/** Enough to tell the forms from each other. */
const START_BYTES = 8;

export interface OpenBackup extends AsyncDisposable {
  readonly encrypted: boolean;
  /** Bytes of the file. */
  readonly size: number;
  /** The tar in it, once. */
  archive(): AsyncGenerator<Buffer>;
}

/**
 * Throws INVALID_ARGUMENT if the file cannot be read, BACKUP_INVALID if it is no backup, and BACKUP_PASSPHRASE if it is encrypted and
 * the passphrase is missing or another, or if there is one although the backup is not encrypted.
 */
export async function openBackup(path: string, passphrase: string | undefined): Promise<OpenBackup> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const source: Source = { length: size, chunks: () => chunksOf(file, size) };
    const start = Buffer.alloc(START_BYTES);
    await file.read(start, 0, START_BYTES, 0);
    const encrypted = isEncrypted(start);
    if (!encrypted && !isGzip(start)) throw backupInvalid(`${path} is no backup that vigocli has made`);
    const archive = encrypted ? await decryptWith(source, path, passphrase) : source;
    // Whoever could replace the file could not make one that opens with the passphrase.
    if (!encrypted && passphrase !== undefined) {
      throw new VigoError(
        'BACKUP_PASSPHRASE',
        `a passphrase was given, but ${path} is not encrypted, so that anybody may have made it; leave the passphrase out to use it all the same`,
      );
    }
    return {
      encrypted,
      size,
      archive: () => unsealGzip(archive),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a file that is open, from its beginning; as many as there were when it was looked at. */
export async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const length = Math.min(CHUNK_BYTES, size - at);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function decryptWith(source: Source, path: string, passphrase: string | undefined): Promise<Source> {
  if (passphrase !== undefined) return decrypt(source, passphrase);
  throw new VigoError(
    'BACKUP_PASSPHRASE',
    `${path} is encrypted: pass its passphrase by --passphrase-file or VIGO_BACKUP_PASSPHRASE`,
  );
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Looked at before: a pipe would be waited for.
    if (!(await stat(path)).isFile()) throw new Error('it is no regular file');
    return await open(path, 'r');
  } catch (error) {
    throw new VigoError('INVALID_ARGUMENT', `cannot read the backup ${path}: ${messageOf(error)}`, { cause: error });
  }
}
