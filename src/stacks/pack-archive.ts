/**
 * Packs a tree: the same files give the same bytes, whoever packs them, so that the digest names the tree.
 *
 * Only regular files are in it, sorted, with fixed owner, mode and time. The version is the digest of the tar.gz.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { Header, Pax } from 'tar';
import { VigoError } from '../fleet/errors.ts';
import type { StacksFiles } from './stacks-files.ts';
import { pathProblem, STACKS_LIMITS } from './stacks-limits.ts';

const BLOCK = 512;
/** The tenth byte of a gzip file says on which system it was made: here on none. */
const GZIP_OS = 9;
const UNKNOWN_OS = 255;

export interface PackedArchive {
  /** Lower-case hex SHA-256 of the bytes. */
  readonly version: string;
  /** A tar.gz. */
  readonly bytes: Buffer;
}

/** Throws STACKS_INVALID for a path that no archive may have, and for a tree that is too large. */
export async function packArchive(files: StacksFiles): Promise<PackedArchive> {
  const bytes = await promisify(gzip)(tarOf(files), { level: constants.Z_BEST_COMPRESSION });
  bytes[GZIP_OS] = UNKNOWN_OS;
  if (bytes.length > STACKS_LIMITS.archiveBytes) {
    throw new VigoError(
      'STACKS_INVALID',
      `the packed tree has ${bytes.length} bytes, at most ${STACKS_LIMITS.archiveBytes} are allowed`,
    );
  }
  return { version: createHash('sha256').update(bytes).digest('hex'), bytes };
}

function tarOf(files: StacksFiles): Buffer {
  const parts: Uint8Array[] = [];
  const paths = [...files.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (const path of paths) {
    const content = files.get(path) as Uint8Array;
    const problem = pathProblem(path);
    if (problem) throw new VigoError('STACKS_INVALID', `${JSON.stringify(path)}: ${problem}`);
    const header = new Header({
      path,
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: content.length,
      mtime: new Date(0),
      type: 'File',
    });
    // Says whether the path fits.
    if (header.encode()) parts.push(new Pax({ path }).encode());
    parts.push(header.block as Buffer, content, Buffer.alloc(padding(content.length)));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;
