/** A backup that is made of a few words, for tests of its form. */
import { createHash } from 'node:crypto';
import { writeArchive } from '../../src/backup/format/archive-writer.ts';
import type { Manifest } from '../../src/backup/format/manifest.ts';
import { sealGzip } from '../../src/backup/format/sealed-gzip.ts';
import { allOf, inChunks } from './bytes.ts';

export interface SmallBackup {
  readonly manifest: Manifest;
  /** The archive before it is packed. */
  readonly tar: Buffer;
  /** The file. */
  readonly bytes: Buffer;
}

export type SmallFiles = Readonly<Record<string, string | Buffer>>;

export const SMALL_FILES: SmallFiles = {
  'data/vigo.db': 'a database',
  'data/tls/ca.key': 'a key',
  'data/tls/ca.pem': '',
};

export function manifestOf(files: SmallFiles, more: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    programVersion: '1.2.3',
    createdAt: '2026-01-02T03:04:05.000Z',
    role: 'hub',
    spokeId: null,
    trustDomain: null,
    dataDir: '/srv/vigo',
    database: 'data/vigo.db',
    schema: [],
    audit: null,
    configVersion: null,
    keyPairs: [],
    directories: [
      { path: 'data', mode: 0o700 },
      { path: 'data/tls', mode: 0o700 },
    ],
    files: Object.entries(files).map(([path, content]) => ({
      path,
      size: Buffer.byteLength(content),
      mode: 0o600,
      sha256: createHash('sha256').update(content).digest('hex'),
    })),
    ...more,
  };
}

export async function smallBackup(files: SmallFiles = SMALL_FILES, more?: Partial<Manifest>): Promise<SmallBackup> {
  const manifest = manifestOf(files, more);
  const tar = await allOf(writeArchive(manifest, ({ path }) => inChunks(Buffer.from(files[path] ?? ''))));
  return { manifest, tar, bytes: await sealed(tar) };
}

export const sealed = (tar: Buffer): Promise<Buffer> => allOf(sealGzip(inChunks(tar)));
