/** Files of the machine, changed as a whole or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, chown, copyFile, lstat, mkdir, open, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
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

  const replace = async (path: string, mode: number | undefined, fill: (temporary: string) => Promise<void>) => {
    const target = await at(path);
    const before = await lstat(target).catch(ignoreMissing);
    const temporary = `${target}.${randomUUID()}.vigo`;
    try {
      await fill(temporary);
      await chmod(temporary, mode ?? (before?.isFile() ? before.mode & 0o7777 : NEW_FILE_MODE));
      const owner = before?.isFile() ? before : undefined;
      if (owner && (owner.uid !== process.getuid?.() || owner.gid !== process.getgid?.())) {
        await chown(temporary, owner.uid, owner.gid);
      }
      await sync(temporary);
      await rename(temporary, target);
      await sync(dirname(target));
    } finally {
      await rm(temporary, { force: true });
    }
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
      const target = await at(path);
      const { size } = await lstat(target);
      if (size > MAX_READ_BYTES) throw new Error(`${path} has ${size} bytes, at most ${MAX_READ_BYTES} are read`);
      return readFile(target);
    },
    async sha256(path) {
      const digest = createHash('sha256');
      await pipeline(createReadStream(await at(path)), digest);
      return digest.digest('hex');
    },
    readLink: async (path) => readlink(await at(path)),
    write: (path, content, { mode } = {}) =>
      replace(path, mode, async (temporary) => {
        await using file = await open(temporary, 'wx', 0o600);
        await file.writeFile(content);
      }),
    writeFromBundle: (path, sha256, { mode } = {}) =>
      replace(path, mode, async (temporary) => {
        const source = await blob(sha256);
        if (source === undefined) throw new Error(`its content (${sha256}) has not been fetched`);
        await copyFile(source, temporary);
      }),
    async writeLink(path, to) {
      const target = await at(path);
      const temporary = `${target}.${randomUUID()}.vigo`;
      try {
        await symlink(to, temporary);
        await rename(temporary, target);
        await sync(dirname(target));
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async makeDirectory(path, mode) {
      await mkdir(await at(path), { recursive: true, ...(mode === undefined ? {} : { mode }) });
    },
    remove: async (path) => rm(await at(path), { recursive: true, force: true }),
    setMode: async (path, mode) => chmod(await at(path), mode),
    setOwner: async (path, uid, gid) => chown(await at(path), uid, gid),
  };
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

function ignoreMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
