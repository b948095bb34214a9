/**
 * `.live` on disk:
 *
 *   .live                            → config/trees/VERSION
 *   config/archives/VERSION.tar.gz   the truth: what is served is read from here
 *   config/trees/VERSION/            the same as files
 *   config/incoming/                 what is being taken in; emptied at every start
 *
 * The link is swapped last, by a rename, so a process that is killed at any point finds the old or the new tree whole.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { createMutex } from '../../platform/mutex.ts';
import { packArchive } from '../../stacks/pack-archive.ts';
import type { StacksFiles } from '../../stacks/stacks-files.ts';
import { STACKS_LIMITS, type StacksLimits } from '../../stacks/stacks-limits.ts';
import { unpackArchive } from '../../stacks/unpack-archive.ts';
import type { LiveConfig, LiveTree, StagedTree } from './live-config.ts';
import { takeIn, writeDurably } from './take-in.ts';
import { isTreeOnDisk, writeTree } from './tree-on-disk.ts';

export interface LiveConfigOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of what is taken in from now on; what is served already may be larger. */
  readonly limits?: StacksLimits;
  /** Longest wait for a chunk, milliseconds; default 30 s. */
  readonly stallMs?: number;
}

const CHUNK_BYTES = 256 * 1024;
const VERSION = /^[0-9a-f]{64}$/;
/** Each may hold an archive and its tree in memory. */
const MAX_STAGINGS = 4;

/** Throws DATA_DIR_UNUSABLE. A tree that is damaged is made anew from its archive; without one, nothing is served. */
export async function openLiveConfig(options: LiveConfigOptions): Promise<LiveConfig> {
  const { dataDir, clock, logger, limits = STACKS_LIMITS, stallMs = 30_000 } = options;
  const folder = join(dataDir, 'config');
  const [archives, trees, incoming] = [join(folder, 'archives'), join(folder, 'trees'), join(folder, 'incoming')];
  const link = join(dataDir, '.live');
  const archiveOf = (version: string) => join(archives, `${version}.tar.gz`);
  const mutex = createMutex();
  const listeners: ((tree: LiveTree) => void)[] = [];
  const places = new WeakMap<StagedTree, string>();
  let stagings = 0;
  let current: LiveTree | undefined;

  const load = async (version: string): Promise<LiveTree> => {
    const bytes = await readFile(archiveOf(version));
    if (createHash('sha256').update(bytes).digest('hex') !== version) throw new Error('its archive is damaged');
    return { version, size: bytes.length, files: await unpackArchive(bytes) };
  };
  /** A tree of that version that is there already is replaced: it may be half a tree. */
  const placeTree = async (version: string, files: StacksFiles): Promise<void> => {
    const target = join(trees, version);
    if (await isTreeOnDisk(target, files)) return;
    const fresh = join(incoming, randomUUID());
    await writeTree(fresh, files);
    const old = join(incoming, randomUUID());
    await rename(target, old).catch(ignoreMissing);
    await rename(fresh, target);
    await rm(old, { recursive: true, force: true });
  };
  const point = async (version: string): Promise<void> => {
    const temporary = join(incoming, randomUUID());
    await symlink(join('config', 'trees', version), temporary);
    await rename(temporary, link);
    for (const dir of [archives, dataDir]) {
      await using handle = await open(dir, 'r');
      await handle.sync();
    }
  };
  try {
    await rm(incoming, { recursive: true, force: true });
    for (const dir of [archives, trees, incoming]) await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new VigoError('DATA_DIR_UNUSABLE', `${folder} cannot be used: ${messageOf(error)}`, { cause: error });
  }
  const served = await readlink(link).then(basename, () => undefined);
  if (served !== undefined) {
    try {
      const tree = await load(served);
      await placeTree(served, tree.files);
      current = tree;
    } catch (error) {
      logger.error(
        { version: served, error: messageOf(error) },
        'published configuration cannot be read; nothing is served',
      );
    }
  }

  const staged = (place: string, tree: LiveTree): StagedTree => {
    const stagedTree: StagedTree = { ...tree, discard: () => rm(place, { force: true }) };
    places.set(stagedTree, place);
    return stagedTree;
  };
  /** One of few at a time; whatever fails leaves nothing. */
  const staging = async (work: (place: string) => Promise<StagedTree>): Promise<StagedTree> => {
    if (stagings >= MAX_STAGINGS) {
      throw new VigoError('OVERLOADED', `${stagings} configurations are being taken in already: try again in a minute`);
    }
    stagings++;
    const place = join(incoming, randomUUID());
    try {
      return await work(place);
    } catch (error) {
      await rm(place, { force: true });
      throw error;
    } finally {
      stagings--;
    }
  };

  const live: LiveConfig = {
    get current() {
      return current;
    },
    stage: (header, chunks, signal) =>
      staging(async (place) => {
        if (!VERSION.test(header.version)) {
          throw new VigoError('ARCHIVE_INVALID', 'the archive is refused: its version is no SHA-256 in lower-case hex');
        }
        const maxBytes = limits.archiveBytes;
        const bytes = await takeIn({ file: place, header, chunks, stallMs, maxBytes, clock, signal });
        const { version, size } = header;
        return staged(place, { version, size, files: await unpackArchive(bytes, limits) });
      }),
    stageFiles: (files) =>
      staging(async (place) => {
        const { version, bytes } = await packArchive(files);
        await writeDurably(place, bytes);
        // Read back, so that what is served is what any other server makes of these bytes.
        return staged(place, { version, size: bytes.length, files: await unpackArchive(bytes, limits) });
      }),
    activate: (tree) =>
      mutex.run(async () => {
        const { version, size, files } = tree;
        const place = places.get(tree);
        if (place === undefined) throw new Error(`configuration ${version} was not staged here`);
        await placeTree(version, files);
        // Activated before, its archive is kept already.
        if (await exists(place)) await rename(place, archiveOf(version));
        else if (!(await exists(archiveOf(version)))) throw new Error(`configuration ${version} was discarded`);
        await point(version);
        current = { version, size, files };
        for (const listener of listeners) listener(current);
      }),
    async receive(header, chunks, signal) {
      if (current?.version === header.version) return { unchanged: true };
      const tree = await live.stage(header, chunks, signal);
      try {
        await live.activate(tree);
      } finally {
        await tree.discard();
      }
      return { unchanged: false };
    },
    async archive(version) {
      if (!VERSION.test(version)) throw notKept(version);
      const file = await open(archiveOf(version), 'r').catch(() => {
        throw notKept(version);
      });
      const { size } = await file.stat();
      await file.close();
      return { size, chunks: () => chunksOf(archiveOf(version)) };
    },
    keepOnly: (versions) =>
      mutex.run(async () => {
        const needed = new Set([...versions, current?.version]);
        for (const name of await readdir(archives)) {
          if (!needed.has(name.replace(/\.tar\.gz$/, ''))) await rm(join(archives, name), { force: true });
        }
        for (const name of await readdir(trees)) {
          if (name !== current?.version) await rm(join(trees, name), { recursive: true, force: true });
        }
      }),
    onSwitch(listener) {
      listeners.push(listener);
      if (current) listener(current);
    },
  };
  return live;
}

const notKept = (version: string): VigoError =>
  new VigoError('CONFIG_VERSION_NOT_FOUND', `configuration ${version} is not kept here: see "vigocli config history"`);

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, 'r');
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
