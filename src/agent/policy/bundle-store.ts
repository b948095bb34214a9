/** The bundle that an agent has and the files that it names, on disk: with them it goes on when no server answers. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { PRIVATE_DIR, PRIVATE_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import { decodeBundleFile, encodeBundleFile, type HeldBundle } from './bundle-file.ts';

export interface BundleStore {
  readonly current: HeldBundle | undefined;
  /** Durable when it returns. All files that it names must be there. */
  replace(held: HeldBundle): Promise<void>;
  /** Path of a file, by lower-case hex SHA-256; undefined if it is not there. */
  blob(sha256: string): Promise<string | undefined>;
  /** Takes a file in. Throws if it is not what its digest says, or larger than `size`; nothing stays then. */
  addBlob(sha256: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

const BLOB = /^[0-9a-f]{64}$/;

/** What is damaged on disk is as if it were not there: the server is asked anew. */
export async function openBundleStore(stateDir: string, logger: Logger): Promise<BundleStore> {
  const file = join(stateDir, 'bundle.json');
  const blobs = join(stateDir, 'blobs');
  await mkdir(blobs, { recursive: true, mode: PRIVATE_DIR });
  for (const name of await readdir(blobs)) if (!BLOB.test(name)) await rm(join(blobs, name), { force: true });
  let current = await load(file, logger);

  return {
    get current() {
      return current;
    },
    async replace(held) {
      await replaceFile(file, encodeBundleFile(held), PRIVATE_FILE);
      current = held;
      const named = new Set(held.bundle.files.map(({ sha256 }) => Buffer.from(sha256).toString('hex')));
      for (const name of await readdir(blobs)) if (!named.has(name)) await rm(join(blobs, name), { force: true });
    },
    async blob(sha256) {
      const path = join(blobs, sha256);
      return BLOB.test(sha256) && (await stat(path).catch(() => undefined)) ? path : undefined;
    },
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
        await rename(temporary, join(blobs, sha256));
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
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
