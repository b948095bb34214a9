/** The files of the web UI, read once: they are part of the program, and few. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';

export interface SiteFile {
  /** Media type. */
  readonly type: string;
  /** Its name says what is in it: it never changes. */
  readonly immutable: boolean;
  readonly etag: string;
  readonly body: Buffer;
  /** Compressed; absent where that gains nothing. */
  readonly encoded: Partial<Record<SiteEncoding, Buffer>>;
}

export type SiteEncoding = 'br' | 'gzip';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.svg', '.json', '.webmanifest', '.txt']);
/** As close to the best as a start may wait for; the best takes ten times as long for a hundredth less. */
const BROTLI_QUALITY = 6;

/** By path, such as "/index.html". Empty if there is no such folder: a program that runs from its sources has none. */
export async function readSiteFiles(root: string): Promise<ReadonlyMap<string, SiteFile>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const files = entries
    .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
    .map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (file) => {
    const path = `/${relative(root, file).split(sep).join('/')}`;
    return [path, await readSiteFile(file, path)] as const;
  });
  return new Map(await Promise.all(read));
}

async function readSiteFile(file: string, path: string): Promise<SiteFile> {
  const extension = extname(file);
  const body = await readFile(file);
  return {
    type: TYPES[extension] as string,
    immutable: path.startsWith('/assets/'),
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    encoded: COMPRESSIBLE.has(extension) ? await encode(body) : {},
  };
}

async function encode(body: Buffer): Promise<SiteFile['encoded']> {
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(body, { params: { [zlib.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
    promisify(gzip)(body, { level: 9 }),
  ]);
  return { ...(br.length < body.length && { br }), ...(gz.length < body.length && { gzip: gz }) };
}
