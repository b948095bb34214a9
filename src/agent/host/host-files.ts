/** Files of the machine, changed as a whole or not at all. */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, chown, type FileHandle, lstat, mkdir, open, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileFacts, ResourceHost } from '../../resources/resource-host.ts';
import { rootedPath } from './rooted-path.ts';

const MAX_READ_BYTES = 64 * 1024 * 1024;
const NEW_FILE_MODE = 0o644;

export interface HostFilesOptions {
  readonly root: string;
  /** Path of a file of the bundle, by lower-case hex SHA-256; undefined if the agent does not have it. */
  readonly blob: (sha256: string) => Promise<string | undefined>;
}

export type HostFiles = Pick<
  ResourceHost,
  | 'facts'
  | 'read'
  | 'sha256'
  | 'readLink'
  | 'write'
  | 'writeFromBundle'
  | 'writeLink'
  | 'makeDirectory'
  | 'remove'
  | 'setMode'
  | 'setOwner'
>;

export function createHostFiles({ root, blob }: HostFilesOptions): HostFiles {
  const at = (path: string) => rootedPath(root, path);

  const replace = async (path: string, mode: number | undefined, fill: (file: FileHandle) => Promise<void>) => {
    const target = await at(path);
    const stats = await lstat(target).catch(ignoreMissing);
    const before = stats?.isFile() ? stats : undefined;
    await throughTemporary(target, path, async (temporary) => {
      await using file = await open(temporary, 'wx', 0o600);
      await fill(file);
      if (before && (before.uid !== process.getuid?.() || before.gid !== process.getgid?.())) {
        await file.chown(before.uid, before.gid);
      }
      // Behind the owner: changing that clears some bits.
      await file.chmod(mode ?? (before ? before.mode & 0o7777 : NEW_FILE_MODE));
      await file.sync();
    });
  };

  return {
    async facts(path) {
      const stats = await lstat(await at(path)).catch(ignoreMissing);
      if (!stats) return undefined;
      const kind = stats.isFile()
        ? 'file'
        : stats.isDirectory()
          ? 'directory'
          : stats.isSymbolicLink()
            ? 'symlink'
            : 'other';
      return { kind, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, size: stats.size } satisfies FileFacts;
    },
    async read(path) {
      await using file = await openToRead(await at(path), path);
      const { size } = await file.stat();
      if (size > MAX_READ_BYTES) throw new Error(`${path} has ${size} bytes, at most ${MAX_READ_BYTES} are read`);
      return file.readFile();
    },
    async sha256(path) {
      const digest = createHash('sha256');
      await using file = await openToRead(await at(path), path);
      await pipeline(file.createReadStream({ autoClose: false }), digest);
      return digest.digest('hex');
    },
    readLink: async (path) => readlink(await at(path)),
    write: (path, content, { mode } = {}) => replace(path, mode, (file) => file.writeFile(content)),
    writeFromBundle: (path, sha256, { mode } = {}) =>
      replace(path, mode, async (file) => {
        const source = await blob(sha256);
        if (source === undefined) throw new Error(`its content (${sha256}) has not been fetched`);
        await file.writeFile(createReadStream(source));
      }),
    async writeLink(path, to) {
      const target = await at(path);
      await throughTemporary(target, path, (temporary) => symlink(to, temporary));
    },
    async makeDirectory(path, mode) {
      await mkdir(await at(path), { recursive: true, ...(mode === undefined ? {} : { mode }) });
    },
    async remove(path) {
      const target = await at(path);
      if (target === (await at('/'))) throw new Error('"/" is never removed');
      await rm(target, { recursive: true, force: true });
    },
    setMode: async (path, mode) => chmod(await at(path), mode),
    setOwner: async (path, uid, gid) => chown(await at(path), uid, gid),
  };
}

/**
 * Puts what `make` has made in place of `target`, as a whole and durably. The name in between is always the same one, so that what a
 * killed agent has left there goes away with the next try; it is short, hidden, and ends in ".vigo", which programs that read a whole
 * directory of configuration pass over.
 */
async function throughTemporary(
  target: string,
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  if (!(await lstat(dirname(target)).catch(ignoreMissing))) throw new Error(`${dirname(path)} is not there`);
  const name = createHash('sha256').update(basename(target)).digest('hex').slice(0, 16);
  const temporary = join(dirname(target), `.${name}.vigo`);
  await rm(temporary, { force: true });
  try {
    await make(temporary);
    await rename(temporary, target);
    await using directory = await open(dirname(target), 'r');
    await directory.sync();
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Opens nothing but a file: anything else may block for ever, and a link may lead out of the root. */
async function openToRead(target: string, path: string): Promise<FileHandle> {
  if (!(await lstat(target)).isFile()) throw new Error(`${path} is no file`);
  const file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`${path} is no file any more`);
}

function ignoreMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
