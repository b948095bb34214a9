/**
 * What of a server goes into its backup, beside the database: keys and certificates, the administrator's token, server.yaml and every
 * file that it names wherever that lies, and the archives of published trees. Trees themselves and `.live` are made from those.
 */
import { readdir, readlink } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { ServerConfig } from '../../server/config/server-config.ts';
import { archiveEntryOf, DATA, type ManifestFile, OUTSIDE, placeProblem } from '../format/manifest.ts';
import { namedFiles } from './named-files.ts';
import { openSourceFile, type SourceFile } from './source-file.ts';

export interface Collected extends AsyncDisposable {
  readonly files: readonly (ManifestFile & { readonly source: SourceFile })[];
  /** The published tree that is served, if its archive is among the files. */
  readonly configVersion: string | null;
  /** The entry for a path of this machine; undefined if it is not among them. */
  entryOf(path: string): string | undefined;
  readonly warnings: readonly string[];
}

/** Written by this program or by an editor while it works, and gone afterwards. */
const TEMPORARY = /\.tmp$|~$|\.swp$/;

export interface CollectOptions {
  readonly config: ServerConfig;
  /** The copy of the database. */
  readonly databaseCopy: string;
  /** Of the database's history, the fleet's first. */
  readonly configVersions: readonly string[];
}

/** Throws DATA_DIR_UNUSABLE naming a file. */
export async function collectFiles({ config, databaseCopy, configVersions }: CollectOptions): Promise<Collected> {
  const { dataDir, configFile, database } = config;
  const files: (ManifestFile & { source: SourceFile })[] = [];
  const entries = new Map<string, string>();
  const warnings: string[] = [];
  const close = async () => void (await Promise.all(files.map(({ source }) => source.close())));

  const add = async (path: string, entry: string, version?: string): Promise<boolean> => {
    if (entries.has(path)) return true;
    const source = await openSourceFile(path === database.file ? databaseCopy : path).catch((error: unknown) => {
      throw new VigoError('DATA_DIR_UNUSABLE', `cannot back up ${path}: ${messageOf(error)}`, { cause: error });
    });
    if (!source) return false;
    if (version !== undefined && source.sha256 !== version) {
      await source.close();
      warnings.push(`${path} is damaged: its SHA-256 is another; it is not in the backup`);
      return false;
    }
    entries.set(path, entry);
    const { size, mode, sha256 } = source;
    const isElsewhere = resolve(dataDir, entry.slice(DATA.length)) !== path || !entry.startsWith(DATA);
    files.push({ path: entry, size, mode, sha256, ...(isElsewhere ? { origin: path } : {}), source });
    return true;
  };
  /** Where it lies in the data directory, or, from elsewhere, by a number and its name. */
  const placeOf = (path: string): string => {
    const inside = relative(dataDir, path);
    if (inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)) return DATA + inside;
    return `${OUTSIDE}${entries.size}-${basename(path)
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .slice(-60)}`;
  };
  const addArchive = (version: string) => add(archiveFile(dataDir, version), archiveEntryOf(version), version);

  try {
    await add(database.file, placeOf(database.file));
    await add(join(dataDir, 'admin-token'), `${DATA}admin-token`);
    if (configFile !== undefined) await add(configFile, configEntry(placeOf(configFile)));
    for (const name of await namesIn(join(dataDir, 'tls'))) await add(join(dataDir, 'tls', name), `${DATA}tls/${name}`);
    for (const { key, path, mayBeAbsent } of namedFiles(config)) {
      if (!(await add(path, placeOf(path))) && !mayBeAbsent) {
        warnings.push(`${path}, which ${key} in server.yaml names, does not exist: it is not in the backup`);
      }
    }
    const configVersion = await addPublished(dataDir, configVersions, addArchive);
    const [fleets] = configVersions;
    if (fleets !== undefined && fleets !== configVersion) {
      warnings.push(
        `the archive of the published configuration ${fleets.slice(0, 12)} is not there: what was published before is served after a restore`,
      );
    }
    return { files, configVersion, warnings, entryOf: (path) => entries.get(path), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where it is if that is in the data directory, so that a service that names it finds it again; otherwise where a server looks for it. */
const configEntry = (place: string): string =>
  place.startsWith(DATA) && placeProblem(place) === undefined ? place : `${DATA}server.yaml`;

export const archiveFile = (dataDir: string, version: string): string =>
  join(dataDir, 'config', 'archives', `${version}.tar.gz`);

/** Archives of the history, or, on a spoke, which has none, of what it serves. Returns what is served. */
async function addPublished(
  dataDir: string,
  versions: readonly string[],
  add: (version: string) => Promise<boolean>,
): Promise<string | null> {
  const there = new Set<string>();
  for (const version of versions) if (await add(version)) there.add(version);
  const [fleets] = versions;
  if (fleets !== undefined && there.has(fleets)) return fleets;
  // A spoke removes what it served when it is given another: then the link names that.
  for (let served: string | undefined, before: string | undefined; ; before = served) {
    served = await readlink(join(dataDir, '.live')).then(basename, () => undefined);
    if (served === undefined) return null;
    if (there.has(served) || (await add(served))) return served;
    if (served === before) return null;
  }
}

/** Names of files in a folder that are there to stay. */
async function namesIn(dir: string): Promise<string[]> {
  const found = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot back up ${dir}: ${error.message}`, { cause: error });
  });
  const names = found.filter((entry) => !entry.isDirectory() && !TEMPORARY.test(entry.name)).map(({ name }) => name);
  return names.sort();
}
