/**
 * What a backup says about itself: its first entry. A reader takes nothing else from the archive than what stands here, and each
 * only where and as it stands here.
 */

import { z } from 'zod';
import { messageOf } from '../../fleet/errors.ts';
import { RESTORED_NOTE } from '../../server/store/restored-note.ts';
import { pathProblem } from '../../stacks/stacks-limits.ts';
import { backupInvalid } from './backup-invalid.ts';
import { tarHeader } from './tar-header.ts';

export const MANIFEST_PATH = 'manifest.json';
export const MANIFEST_MODE = 0o600;
export const MANIFEST_FORMAT = 1;
/** Some 200 bytes a file. */
export const MAX_MANIFEST_BYTES: number = 8 * 1024 * 1024;
const MAX_FILES = 10_000;
/** Of a certificate or a key: they are read into memory. */
const MAX_PAIRED_BYTES = 64 * 1024;

/** Of the data directory. */
export const DATA = 'data/';
/** Files that server.yaml names and that lie elsewhere. */
export const OUTSIDE = 'outside/';
/** What a restore makes by itself in the data directory. */
const MADE_BY_RESTORE = [RESTORED_NOTE, '.live', 'outside', 'config/trees'];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex');
const mode = z.int().min(0).max(0o777);
const path = z.string().superRefine((value, context) => {
  const problem = placeProblem(value);
  if (problem) context.addIssue({ code: 'custom', message: `${JSON.stringify(value.slice(0, 200))}: ${problem}` });
});

const file = z.strictObject({
  path,
  /** Bytes. */
  size: z.int().min(0),
  mode,
  sha256,
  /** Where it was, if that is not the place in the data directory that its path names; absolute. */
  origin: z.string().startsWith('/').optional(),
});

const manifest = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  /** Of the program that made it. */
  programVersion: z.string(),
  createdAt: z.iso.datetime(),
  role: z.enum(['standalone', 'hub', 'spoke']),
  spokeId: z.string().nullable(),
  /** Null if there was no CA yet. */
  trustDomain: z.string().nullable(),
  /** Where the data directory was; absolute. */
  dataDir: z.string().startsWith('/'),
  /** The entry that is server.yaml; absent if none was found. */
  serverYaml: path.optional(),
  /** The entry that is the database. */
  database: path,
  /** Names of the migrations that its schema has, in order. */
  schema: z.array(z.string()),
  /** The newest entry of the audit log. */
  audit: z.strictObject({ seq: z.int().min(0), hash: z.string() }).nullable(),
  /** The published tree that is served. */
  configVersion: sha256.nullable(),
  /** Entries that belong together. */
  keyPairs: z.array(z.strictObject({ certificate: path, key: path })),
  /** Of the data directory, which itself is "data". */
  directories: z.array(z.strictObject({ path: z.union([z.literal('data'), path]), mode })).max(MAX_FILES),
  files: z.array(file).min(1).max(MAX_FILES),
});

export type Manifest = z.output<typeof manifest>;
export type ManifestFile = Manifest['files'][number];

export const archiveEntryOf = (version: string): string => `${DATA}config/archives/${version}.tar.gz`;

/** Throws BACKUP_INVALID that names what is wrong. */
export function parseManifest(bytes: Buffer): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw backupInvalid(`its manifest is no JSON (${messageOf(error)})`, { cause: error });
  }
  const { format } = z.looseObject({ format: z.unknown() }).safeParse(json).data ?? {};
  if (typeof format === 'number' && format > MANIFEST_FORMAT) {
    throw backupInvalid(`it has format ${format}, and this version of vigocli reads format ${MANIFEST_FORMAT}`);
  }
  const parsed = manifest.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw backupInvalid(`its manifest is not as it should be: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  checkTogether(parsed.data);
  return parsed.data;
}

/** Why nothing of a backup may have this path; undefined if it may. */
export function placeProblem(value: string): string | undefined {
  const problem = pathProblem(value);
  if (problem) return problem;
  if (!value.startsWith(DATA) && !value.startsWith(OUTSIDE)) return 'it is in neither of data/ and outside/';
  const inside = value.startsWith(DATA) ? value.slice(DATA.length) : '';
  if (MADE_BY_RESTORE.some((name) => inside === name || inside.startsWith(`${name}/`)))
    return 'a restore makes this itself';
  return tarHeader({ path: value, size: 0, mode: 0 }) ? undefined : 'its path is too long for an archive';
}

function checkTogether({ files, directories, database, serverYaml, keyPairs, configVersion }: Manifest): void {
  const paths = new Set<string>();
  for (const { path } of files) {
    if (paths.has(path)) throw backupInvalid(`${JSON.stringify(path)} is there twice`);
    paths.add(path);
  }
  const folders = [...files, ...directories].flatMap(({ path }) => parentsOf(path));
  for (const folder of [...folders, ...directories.map(({ path }) => path)]) {
    if (paths.has(folder)) throw backupInvalid(`${JSON.stringify(folder)} is both a file and a directory`);
  }
  const paired = keyPairs.flatMap(({ certificate, key }) => [certificate, key]);
  const tooLarge = files.find(({ path, size }) => size > MAX_PAIRED_BYTES && paired.includes(path));
  if (tooLarge) throw backupInvalid(`${JSON.stringify(tooLarge.path)} is too large for a certificate or a key`);
  const named = [database, ...paired];
  if (serverYaml !== undefined) named.push(serverYaml);
  if (configVersion !== null) named.push(archiveEntryOf(configVersion));
  for (const path of named) {
    if (!paths.has(path)) throw backupInvalid(`its manifest names ${JSON.stringify(path)}, which is not in its list`);
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}
