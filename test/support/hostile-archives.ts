/** Archives as nobody should send them: each is wrong in one way, and none may leave a trace. */
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { Header, type HeaderData, Pax } from 'tar';

const BLOCK = 512;
const END = Buffer.alloc(2 * BLOCK);

/** An entry as a hostile program may write it. */
export function entry(data: HeaderData, content = ''): Buffer {
  const header = new Header({
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: new Date(0),
    size: content.length,
    type: 'File',
    ...data,
  });
  header.encode();
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header.block as Buffer, Buffer.from(content), padding]);
}

/** A tar.gz of these parts, with a proper end. */
export const gz = (...parts: Buffer[]): Buffer => gzipSync(Buffer.concat([...parts, END]));
/** As many empty files. */
export function manyEntries(count: number): Buffer {
  return gz(...Array.from({ length: count }, (_, n) => entry({ path: `d${n % 300}/${n}` })));
}

/** A gzip file that unpacks to so many MiB of zeros. */
export async function gzipBomb(mebibytes: number): Promise<Buffer> {
  const zeros = Buffer.alloc(1024 * 1024);
  const parts: Buffer[] = [];
  const packed = Readable.from(Array.from({ length: mebibytes }, () => zeros)).pipe(createGzip({ level: 1 }));
  for await (const part of packed) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const pax = (fields: Partial<HeaderData>) => new Pax(fields).encode();
/** What is wrong with it → the archive → a part of why it is refused. */
export const HOSTILE_ARCHIVES: readonly (readonly [name: string, archive: () => Buffer, why: string])[] = [
  [
    'a symbolic link',
    () => gz(entry({ path: 'a', type: 'SymbolicLink', linkpath: '/etc/passwd' })),
    '"a" is a SymbolicLink',
  ],
  ['a hard link', () => gz(entry({ path: 'a', type: 'Link', linkpath: 'b' })), '"a" is a Link'],
  ['a device', () => gz(entry({ path: 'a', type: 'CharacterDevice' })), '"a" is a CharacterDevice'],
  ['a pipe', () => gz(entry({ path: 'a', type: 'FIFO' })), '"a" is a FIFO'],
  ['an absolute path', () => gz(entry({ path: '/etc/passwd' }, 'x')), 'its path is absolute'],
  ['a path that climbs', () => gz(entry({ path: 'a/../../b' }, 'x')), '".."'],
  ['a path that climbs, in an extended header', () => gz(pax({ path: '../b' }), entry({ path: 'b' }, 'x')), '".."'],
  ['a backslash', () => gz(entry({ path: 'a\\b' }, 'x')), 'backslash'],
  ['an entry twice', () => gz(entry({ path: 'a' }, 'x'), entry({ path: 'a' }, 'y')), '"a" is there twice'],
  ['a file as directory', () => gz(entry({ path: 'a' }, 'x'), entry({ path: 'a/b' }, 'y')), '"a" is a file'],
  ['a directory as file', () => gz(entry({ path: 'a/b' }, 'x'), entry({ path: 'a' }, 'y')), '"a" is there twice'],
  [
    'another size in an extended header',
    () => gz(pax({ path: 'a', size: 3 }), entry({ path: 'a' }, 'xyz')),
    'says more than a path',
  ],
  [
    'a global header',
    () => gz(new Pax({ comment: 'x' }, true).encode(), entry({ path: 'a' }, 'x')),
    'GlobalExtendedHeader',
  ],
  [
    'a name that is too long',
    () => gz(pax({ path: `${'n'.repeat(256)}` }), entry({ path: 'a' }, 'x')),
    'longer than 255',
  ],
  ['a damaged header', () => gz(Buffer.alloc(BLOCK, 7)), 'is damaged'],
  ['half an entry', () => gzipSync(entry({ path: 'a' }, 'x'.repeat(2_000)).subarray(0, BLOCK * 2)), 'is cut short'],
  ['no end', () => gzipSync(entry({ path: 'a' }, 'x')), 'cut short'],
  [
    'something behind its end',
    () => gzipSync(Buffer.concat([entry({ path: 'a' }, 'x'), END, entry({ path: 'b' }, 'y')])),
    'no proper end',
  ],
  [
    'a second gzip member',
    () => Buffer.concat([gz(entry({ path: 'a' }, 'x')), gz(entry({ path: 'b' }, 'y'))]),
    'behind its end',
  ],
  ['trailing garbage', () => Buffer.concat([gz(entry({ path: 'a' }, 'x')), Buffer.from('garbage')]), 'behind its end'],
  ['a cut stream', () => gz(entry({ path: 'a' }, 'x'.repeat(5_000))).subarray(0, -20), 'archive is refused'],
  ['no gzip at all', () => Buffer.from('PK\u0003\u0004 this is something else entirely'), 'no gzip file'],
];
