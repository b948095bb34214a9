/** The bundle that an agent has and the files that it names, on disk: with them it goes on when no server answers. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { PRIVATE_DIR, PRIVATE_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import { createMutex } from '../../platform/mutex.ts';
import { decodeBundleFile, encodeBundleFile, type HeldBundle } from './bundle-file.ts';

export interface BundleStore {
  readonly current: HeldBundle | undefined;
  /** False if a file that the bundle names is missing or has turned out to be damaged: they have to be fetched anew. */
  readonly complete: boolean;
  /** Durable when it returns. All files that it names must be there. */
  replace(held: HeldBundle): Promise<void>;
  /** Path of a file, by lower-case hex SHA-256; undefined if it is not there or not what its digest says. Reads it all. */
  blob(sha256: string): Promise<string | undefined>;
  /** Whether a file of so many bytes is there; it is kept then for a bundle to come. */
  keep(sha256: string, size: number): Promise<boolean>;
  /** Takes a file in. Throws if it is not what its digest says, or larger than `size`; nothing stays then. */
  addBlob(sha256: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Removes files that neither the bundle names nor one that is being fetched. Not while a run may need them. */
  prune(): Promise<void>;
}

const BLOB = /^[0-9a-f]{64}$/;
const namesIn = ({ bundle }: HeldBundle) => bundle.files.map(({ sha256 }) => Buffer.from(sha256).toString('hex'));

/** What is damaged on disk is as if it were not there: the server is asked anew. */
export async function openBundleStore(stateDir: string, logger: Logger): Promise<BundleStore> {
  const file = join(stateDir, 'bundle.json');
  const blobs = join(stateDir, 'blobs');
  await mkdir(blobs, { recursive: true, mode: PRIVATE_DIR });
  const found = await readdir(blobs);
  for (const name of found) if (!BLOB.test(name)) await rm(join(blobs, name), { force: true });
  const mutex = createMutex();
  const fetched = new Set<string>();
  let current = await load(file, logger);
  let complete = current ? namesIn(current).every((name) => found.includes(name)) : true;

  return {
    get current() {
      return current;
    },
    get complete() {
      return complete;
    },
    async replace(held) {
      await replaceFile(file, encodeBundleFile(held), PRIVATE_FILE);
      current = held;
      complete = true;
      fetched.clear();
    },
    async blob(sha256) {
      if (!BLOB.test(sha256)) return undefined;
      const path = join(blobs, sha256);
      const digest = await digestOf(path);
      if (digest === sha256) return path;
      complete = false;
      logger.warn(
        { file: path },
        digest === undefined ? 'file of the bundle is missing' : 'file of the bundle is damaged',
      );
      await rm(path, { force: true });
      return undefined;
    },
    keep: (sha256, size) =>
      mutex.run(async () => {
        const stats = await stat(join(blobs, sha256)).catch(() => undefined);
        if (stats?.size !== size) return false;
        fetched.add(sha256);
        return true;
      }),
    async addBlob(sha256, size, chunks) {
      const temporary = join(blobs, `${randomUUID()}.part`);
      try {
        const digest = createHash('sha256');
        let received = 0;
        await using target = await open(temporary, 'wx', PRIVATE_FILE);
        for await (const chunk of chunks) {
          received += chunk.length;
          if (received > size)
            throw new VigoError('INTERNAL', `file ${sha256} is longer than the ${size} bytes that were announced`);
          digest.update(chunk);
          await target.writeFile(chunk);
        }
        if (digest.digest('hex') !== sha256)
          throw new VigoError('INTERNAL', `file ${sha256} is not what its digest says`);
        await target.sync();
        fetched.add(sha256);
        await rename(temporary, join(blobs, sha256));
      } finally {
        await rm(temporary, { force: true });
      }
    },
    prune: () =>
      mutex.run(async () => {
        const named = new Set(current ? namesIn(current) : []);
        for (const name of await readdir(blobs)) {
          if (BLOB.test(name) && !named.has(name) && !fetched.has(name)) await rm(join(blobs, name), { force: true });
        }
      }),
  };
}

/** Undefined if it cannot be read. */
async function digestOf(path: string): Promise<string | undefined> {
  const digest = createHash('sha256');
  try {
    await pipeline(createReadStream(path), digest);
    return digest.digest('hex');
  } catch {
    return undefined;
  }
}

async function load(file: string, logger: Logger): Promise<HeldBundle | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return decodeBundleFile(text);
  } catch (error) {
    logger.warn({ file, error: messageOf(error) }, 'cached bundle is damaged; asking for it anew');
    return undefined;
  }
}
