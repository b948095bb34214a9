/** The files of the web UI, read once: they are part of the program, and few. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

export interface SiteFile {
  /** Media type. */
  readonly type: string;
  /** Its name says what is in it: it never changes. */
  readonly immutable: boolean;
  readonly etag: string;
  readonly body: Buffer;
  /** Compressed by the build; absent where that gains nothing. */
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
/** What the build adds to a file's name. */
const ENDINGS: Record<SiteEncoding, string> = { br: '.br', gzip: '.gz' };

/** By path, such as "/index.html". Empty if there is no such folder: it is the build that makes it. */
export async function readSiteFiles(root: string): Promise<ReadonlyMap<string, SiteFile>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(unlessMissing([]));
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
    encoded: await readEncoded(file),
  };
}

async function readEncoded(file: string): Promise<SiteFile['encoded']> {
  const found = Object.entries(ENDINGS).map(
    async ([encoding, ending]) => [encoding, await readIfThere(file + ending)] as const,
  );
  return Object.fromEntries((await Promise.all(found)).filter(([, body]) => body !== undefined));
}

function readIfThere(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch(unlessMissing(undefined));
}

const unlessMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  };
