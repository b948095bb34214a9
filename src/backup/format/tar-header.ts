/**
 * The header of a file in a backup's archive: ustar, and the same bytes for the same path, size and mode.
 *
 * A reader makes the header that has to come next from the manifest and compares. Links, devices, other owners, extended
 * headers: nothing of that can be said in a way that it would accept.
 */

export const TAR_BLOCK = 512;
/** Bytes of a path that fits, cut at a slash into two fields. */
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** Eleven octal digits, 8 GiB; larger sizes are written in binary, as GNU tar does and others read. */
const MAX_OCTAL_SIZE = 0o77777777777;

export interface TarFile {
  /** With slashes; relative. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Undefined if the path does not fit. */
export function tarHeader({ path, size, mode }: TarFile): Buffer | undefined {
  const names = splitPath(path);
  if (!names) return undefined;
  const block = Buffer.alloc(TAR_BLOCK);
  block.write(names.name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  if (size <= MAX_OCTAL_SIZE) block.write(octal(size, 11), 124);
  else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(octal(0, 11), 136);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(names.prefix, 345);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

/** Zeros behind so many bytes of a file. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);

/** Behind the last file. */
export const TAR_END: Buffer = Buffer.alloc(2 * TAR_BLOCK);

/** What a header says, for messages: nothing of it is believed. Undefined if it is none. */
export function describeTarHeader(block: Buffer): { path: string; size: number; type: string } | undefined {
  if (block.toString('latin1', 257, 262) !== 'ustar') return undefined;
  const field = (at: number, length: number) => block.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  const prefix = field(345, PREFIX_BYTES);
  const name = field(0, NAME_BYTES);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    size: Number.parseInt(field(124, 12), 8) || 0,
    type: field(156, 1),
  };
}

function splitPath(path: string): { name: string; prefix: string } | undefined {
  if (Buffer.byteLength(path) <= NAME_BYTES) return { name: path, prefix: '' };
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(name) <= NAME_BYTES && Buffer.byteLength(prefix) <= PREFIX_BYTES) return { name, prefix };
  }
  return undefined;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
