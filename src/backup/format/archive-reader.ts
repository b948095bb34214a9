/**
 * Reads a backup's archive. Its first entry says which files follow, and exactly these follow, in that order, with that size, mode
 * and digest: the header of each is made from the manifest and compared with what is there.
 */
import { createHash } from 'node:crypto';
import { backupInvalid } from './backup-invalid.ts';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import {
  MANIFEST_MODE,
  MANIFEST_PATH,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestFile,
  parseManifest,
} from './manifest.ts';
import { describeTarHeader, TAR_BLOCK, TAR_END, tarHeader, tarPadding } from './tar-header.ts';

export interface ArchiveSink {
  /** Before anything else of the archive is taken. */
  begin(manifest: Manifest): Promise<void>;
  /** Takes all of `content`. What was taken may be believed when `readArchive` has returned. */
  file(file: ManifestFile, content: AsyncIterable<Buffer>): Promise<void>;
}

/** Throws BACKUP_INVALID, and what the sink throws. */
export async function readArchive(tar: AsyncGenerator<Buffer>, sink: ArchiveSink): Promise<Manifest> {
  try {
    const reader = createByteReader(tar);
    const manifest = parseManifest(await readManifest(reader));
    await sink.begin(manifest);
    for (const file of manifest.files) {
      const header = tarHeader(file);
      const found = await reader.read(TAR_BLOCK);
      if (!header?.equals(found)) throw unexpected(found, file);
      await sink.file(file, checked(reader, file));
      await readPadding(reader, file.size);
    }
    const end = await reader.read(TAR_END.length);
    if (!end.equals(TAR_END)) throw unexpected(end, undefined);
    // Only the end of the stream says that nothing in it was altered.
    if ((await reader.read(1)).length > 0) throw backupInvalid('something follows its end');
    return manifest;
  } finally {
    await tar.return(undefined);
  }
}

async function readManifest(reader: ByteReader): Promise<Buffer> {
  const found = await reader.read(TAR_BLOCK);
  const { size = 0 } = describeTarHeader(found) ?? {};
  const header = tarHeader({ path: MANIFEST_PATH, size, mode: MANIFEST_MODE });
  if (!header?.equals(found)) throw backupInvalid('its first entry is not the manifest of a backup');
  if (size > MAX_MANIFEST_BYTES) throw backupInvalid(`its manifest has ${size} bytes`);
  const bytes = await reader.read(size);
  if (bytes.length < size) throw backupInvalid('it is cut short in its manifest');
  await readPadding(reader, size);
  return bytes;
}

async function* checked(reader: ByteReader, { path, size, sha256 }: ManifestFile): AsyncGenerator<Buffer> {
  const digest = createHash('sha256');
  let taken = 0;
  for await (const piece of reader.pieces(size)) {
    digest.update(piece);
    taken += piece.length;
    yield piece;
  }
  if (taken < size) throw backupInvalid(`it is cut short in ${JSON.stringify(path)}`);
  if (digest.digest('hex') !== sha256) {
    throw backupInvalid(`${JSON.stringify(path)} is damaged: its SHA-256 is not that of the manifest`);
  }
}

async function readPadding(reader: ByteReader, size: number): Promise<void> {
  const padding = tarPadding(size);
  if (!(await reader.read(padding.length)).equals(padding)) throw backupInvalid('it is damaged between two files');
}

/** Names of the types of entries that hostile archives are made of. */
const TYPES: Record<string, string> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '5': 'a directory',
  '6': 'a pipe',
};

/** `file`: what had to come; undefined if nothing. */
function unexpected(found: Buffer, file: ManifestFile | undefined) {
  if (found.length < TAR_BLOCK) return backupInvalid('it is cut short');
  const entry = describeTarHeader(found);
  const wanted = file ? JSON.stringify(file.path) : 'its end';
  if (!entry) return backupInvalid(`${file ? `${wanted} is missing` : 'it has no proper end'}, or it is damaged there`);
  const name = JSON.stringify(entry.path.slice(0, 200));
  if (entry.path !== file?.path) return backupInvalid(`${name} stands where its manifest has ${wanted}`);
  const type = TYPES[entry.type];
  if (type) return backupInvalid(`${name} is ${type}; only files are allowed`);
  if (entry.size !== file.size) {
    return backupInvalid(`${name} has ${entry.size} bytes, and its manifest says ${file.size}`);
  }
  return backupInvalid(`the header of ${name} is not as its manifest says`);
}
