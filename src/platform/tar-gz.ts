/** Packs files so that the same ones give the same bytes, whoever packs them and when: sorted, of nobody, of one time. */
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { Header, Pax } from 'tar';

export interface TarFile {
  /** Relative, with "/". */
  readonly path: string;
  readonly content: Uint8Array;
  /** Default 0o644. */
  readonly mode?: number;
}

const BLOCK = 512;
/** The tenth byte of a gzip file says on which system it was made: here on none. */
const GZIP_OS = 9;
const UNKNOWN_OS = 255;

/** A tar.gz of regular files. `time` is that of all of them; default 1970, which some programs that unpack find strange. */
export async function tarGz(files: readonly TarFile[], time = new Date(0)): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (const { path, content, mode = 0o644 } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const header = new Header({ path, mode, uid: 0, gid: 0, size: content.length, mtime: time, type: 'File' });
    // Says whether the path needs more room than the header has.
    if (header.encode()) parts.push(new Pax({ path }).encode());
    parts.push(header.block as Buffer, content, Buffer.alloc(padding(content.length)));
  }
  const tar = Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
  const bytes = await promisify(gzip)(tar, { level: constants.Z_BEST_COMPRESSION });
  bytes[GZIP_OS] = UNKNOWN_OS;
  return bytes;
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;
