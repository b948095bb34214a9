/**
 * Reads an archive of a tree from a stranger. Nothing is believed: only what `packArchive` makes is accepted, and everything is
 * looked at before a single file of it is written.
 */
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { Header, Pax } from 'tar';
import { messageOf, VigoError } from '../fleet/errors.ts';
import type { StacksFiles } from './stacks-files.ts';
import { pathProblem, STACKS_LIMITS, type StacksLimits } from './stacks-limits.ts';

const BLOCK = 512;
const GZIP_HEADER = 10;
const GZIP_TRAILER = 8;
/** Of one extended header: a path and its framing. */
const MAX_PAX_BYTES = 4_096;

/** Throws ARCHIVE_INVALID naming the entry. At most `limits.treeBytes` and the archive itself are in memory. */
export async function unpackArchive(archive: Buffer, limits: StacksLimits = STACKS_LIMITS): Promise<StacksFiles> {
  const tar = await inflate(archive, limits);
  const files = new Map<string, Buffer>();
  const directories = new Set<string>();
  for (const { path, isDirectory, content } of entriesOf(tar, limits)) {
    const problem = pathProblem(path, limits);
    if (problem) throw refuse(`entry ${JSON.stringify(path.slice(0, 200))}: ${problem}`);
    if (files.has(path) || (directories.has(path) && !isDirectory))
      throw refuse(`entry ${JSON.stringify(path)} is there twice`);
    for (const parent of parentsOf(path)) {
      if (files.has(parent)) throw refuse(`entry ${JSON.stringify(path)}: ${JSON.stringify(parent)} is a file`);
      directories.add(parent);
    }
    if (isDirectory) directories.add(path);
    else files.set(path, content);
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

const refuse = (why: string): VigoError => new VigoError('ARCHIVE_INVALID', `the archive is refused: ${why}`);

/** One gzip member with a plain header and nothing behind it; stops as soon as there is too much. */
async function inflate(archive: Buffer, limits: StacksLimits): Promise<Buffer> {
  const plain = archive.length > GZIP_HEADER + GZIP_TRAILER && archive[0] === 0x1f && archive[1] === 0x8b;
  if (!plain || archive[2] !== 8 || archive[3] !== 0)
    throw refuse('it is no gzip file as "vigocli config publish" makes it');
  // Headers, padding and the end come on top of what the files have.
  const maxOutputLength = limits.treeBytes + limits.entries * 3 * BLOCK + 2 * BLOCK;
  const body = archive.subarray(GZIP_HEADER);
  try {
    const options = { maxOutputLength, info: true };
    const { buffer, engine } = (await promisify(inflateRaw)(body, options)) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (engine.bytesWritten + GZIP_TRAILER !== body.length) throw new Error('there is something behind its end');
    return buffer;
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw refuse(tooLarge ? `unpacked it has more than ${limits.treeBytes} bytes` : messageOf(error));
  }
}

interface Entry {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly content: Buffer;
}

function* entriesOf(tar: Buffer, limits: StacksLimits): Generator<Entry> {
  let at = 0;
  let count = 0;
  let total = 0;
  let longPath: string | undefined;
  for (;;) {
    if (at + BLOCK > tar.length) throw refuse('it is cut short');
    const header = new Header(tar, at);
    if (header.nullBlock) break;
    if (!header.cksumValid) throw refuse(`the header at byte ${at} is damaged`);
    at += BLOCK;
    if (++count > 2 * limits.entries) throw refuse(`it has more than ${limits.entries} entries`);
    const { size = 0 } = header;
    const path = longPath ?? header.path ?? '';
    if (!Number.isSafeInteger(size) || size < 0) throw refuse(`entry ${JSON.stringify(path)} has no sensible size`);
    const content = tar.subarray(at, at + size);
    if (content.length < size) throw refuse(`entry ${JSON.stringify(path)} is cut short`);
    at += size + ((BLOCK - (size % BLOCK)) % BLOCK);
    if (header.type === 'ExtendedHeader') {
      if (longPath !== undefined) throw refuse('an extended header follows another');
      longPath = pathOfPax(content);
      continue;
    }
    longPath = undefined;
    if (header.type !== 'File' && header.type !== 'OldFile' && header.type !== 'Directory') {
      throw refuse(`entry ${JSON.stringify(path)} is a ${header.type}; only files and directories are allowed`);
    }
    const isDirectory = header.type === 'Directory';
    if (isDirectory && size > 0) throw refuse(`directory ${JSON.stringify(path)} has a size`);
    if (size > limits.fileBytes)
      throw refuse(`entry ${JSON.stringify(path)} has ${size} bytes, at most ${limits.fileBytes} are allowed`);
    total += size;
    if (total > limits.treeBytes) throw refuse(`unpacked it has more than ${limits.treeBytes} bytes`);
    if (count > limits.entries) throw refuse(`it has more than ${limits.entries} entries`);
    yield { path: isDirectory ? path.replace(/\/$/, '') : path, isDirectory, content };
  }
  if (longPath !== undefined) throw refuse('an extended header belongs to nothing');
  if (tar.subarray(at).some((byte) => byte !== 0) || tar.length - at < 2 * BLOCK) throw refuse('it has no proper end');
}

/** An extended header may name a path and nothing else: no other size, no link, no time. */
function pathOfPax(content: Buffer): string {
  if (content.length > MAX_PAX_BYTES) throw refuse(`an extended header has ${content.length} bytes`);
  const text = content.toString('utf8');
  const fields = text.split('\n').filter((line) => line !== '');
  const [field] = fields;
  const { path } = Pax.parse(text);
  if (fields.length !== 1 || !field || !/^\d+ path=/.test(field) || !path) {
    throw refuse('an extended header says more than a path');
  }
  return path;
}

function* parentsOf(path: string): Generator<string> {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) yield path.slice(0, slash);
}
