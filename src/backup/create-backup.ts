/**
 * Makes a backup of a server, whether it runs or not.
 *
 * The database is copied first, from one moment. All files are opened then and read through what was opened: what a running server
 * replaces or removes meanwhile stays as it was. The published tree that the copy names as the fleet's is waited for if it is
 * just being written.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { ServerConfig } from '../server/config/server-config.ts';
import { archiveFile, type Collected, collectFiles } from './disk/collect-files.ts';
import { copyDatabase } from './disk/copy-database.ts';
import { describeServer } from './disk/describe-server.ts';
import { directoriesOf } from './disk/directories.ts';
import { unknownIn } from './disk/left-out.ts';
import { publishFile, refuseOccupied } from './disk/publish-file.ts';
import { type DatabaseFacts, readDatabase } from './disk/read-database.ts';
import { openWorkDir } from './disk/work-dir.ts';
import { writeArchive } from './format/archive-writer.ts';
import { encrypt } from './format/encryption.ts';
import { DATA, MANIFEST_FORMAT, type Manifest } from './format/manifest.ts';
import { sealGzip } from './format/sealed-gzip.ts';
import { refuseLaterSchema } from './schema.ts';

export interface CreateOptions {
  readonly config: ServerConfig;
  /** The file to write; absolute. */
  readonly target: string;
  /** What is there already is overwritten. */
  readonly force: boolean;
  /** Undefined: not encrypted. */
  readonly passphrase: string | undefined;
  readonly programVersion: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Bytes of files that are written, of all. */
  readonly onProgress: (written: number, of: number) => void;
}

export interface Created {
  readonly manifest: Manifest;
  /** Bytes of the file. */
  readonly size: number;
  /** Names in the data directory that nothing was taken of and that are not the program's. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
}

/** A publish writes its row, then its archive, within milliseconds; a large one on a slow disk within seconds. */
const ARCHIVE_WAIT_MS = 5_000;
const LOOK_EVERY_MS = 50;

/** Throws DATA_DIR_UNUSABLE, DATABASE_TOO_NEW, INVALID_ARGUMENT (the target), INTERRUPTED. */
export async function createBackup(options: CreateOptions): Promise<Created> {
  const { config, passphrase, clock } = options;
  const target = { target: options.target, replace: options.force, signal: options.signal };
  await refuseOccupied(target);
  await refuseNoServer(config);
  await using work = await openWorkDir(join(config.dataDir, 'backup-work-'));
  const databaseCopy = join(work.path, 'database');
  const createdAt = new Date(clock.now()).toISOString();
  const facts = await copyWithPublished(config, databaseCopy, clock);
  await using collected = await collectFiles({ config, databaseCopy, configVersions: facts.configVersions });
  const manifest = await manifestOf(options, collected, facts, createdAt);

  const sources = new Map(collected.files.map((file) => [file.path, file.source]));
  const total = manifest.files.reduce((sum, { size }) => sum + size, 0);
  let written = 0;
  const tar = writeArchive(manifest, async function* ({ path }) {
    for await (const chunk of sources.get(path)?.chunks() ?? []) {
      yield chunk;
      written += chunk.length;
      options.onProgress(written, total);
    }
  });
  const sealed = sealGzip(tar);
  const size = await publishFile(passphrase === undefined ? sealed : encrypt(sealed, passphrase), target);
  const inside = manifest.files.filter(({ path }) => path.startsWith(DATA)).map(({ path }) => path.slice(DATA.length));
  return { manifest, size, leftOut: await unknownIn(config.dataDir, inside), warnings: collected.warnings };
}

async function refuseNoServer({ dataDir, database }: ServerConfig): Promise<void> {
  if (database.url === 'sqlite::memory:') {
    throw new VigoError(
      'DATA_DIR_UNUSABLE',
      'database.url is sqlite::memory:, of which there is nothing on disk to back up',
    );
  }
  // A directory that is not there must not be made; one that may be read but not written has no place for the copy.
  await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
    const hint =
      error.code === 'EACCES' ? 'permission denied; run this as the user that the server runs as' : error.message;
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot use the data directory ${dataDir}: ${hint}`, { cause: error });
  });
}

/** A copy whose newest published tree has its archive on disk, if that comes within its time. */
async function copyWithPublished(config: ServerConfig, target: string, clock: Clock): Promise<DatabaseFacts> {
  const copy = async (): Promise<DatabaseFacts> => {
    await copyDatabase(config.database.file, target);
    try {
      return readDatabase(target);
    } catch (error) {
      throw new VigoError('DATA_DIR_UNUSABLE', `${config.database.file}: ${messageOf(error)}`, { cause: error });
    }
  };
  const facts = await copy();
  refuseLaterSchema(facts.schema, `the database ${config.database.file}`);
  const [newest] = facts.configVersions;
  if (newest === undefined) return facts;
  const file = archiveFile(config.dataDir, newest);
  for (const end = clock.monotonic() + ARCHIVE_WAIT_MS; ; await sleep(clock, LOOK_EVERY_MS)) {
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return facts;
    // It may have come to nothing, and its row been taken back.
    if (clock.monotonic() > end) return copy();
  }
}

async function manifestOf(
  { config, programVersion }: CreateOptions,
  collected: Collected,
  { schema, audit }: DatabaseFacts,
  createdAt: string,
): Promise<Manifest> {
  const { dataDir } = config;
  const database = collected.entryOf(config.database.file);
  if (database === undefined) throw new Error('the copy of the database is gone');
  const serverYaml = config.configFile && collected.entryOf(config.configFile);
  const files = collected.files.map(({ source: _, ...file }) => file);
  return {
    format: MANIFEST_FORMAT,
    programVersion,
    createdAt,
    ...(await describeServer(config, collected)),
    dataDir,
    ...(serverYaml ? { serverYaml } : {}),
    database,
    schema: [...schema],
    audit,
    configVersion: collected.configVersion,
    directories: await directoriesOf(
      dataDir,
      files.map(({ path }) => path),
    ),
    files,
  };
}
