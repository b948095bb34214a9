/** Where a server of this machine keeps its things, and what of them its own commands read. */
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';

// A token is 60 characters, a CA bundle a few KB: what is larger is not one of them.
const MAX_FILE_BYTES = 1024 * 1024;

export interface DataDirEnvironment {
  readonly env: NodeJS.ProcessEnv;
  /** User id of the process; undefined where there is none. */
  readonly uid: number | undefined;
}

/** The data directory of a server that was not told another: the same rule as the server's own. */
export function defaultDataDir({ env, uid }: DataDirEnvironment): string {
  if (uid === 0) return '/srv/vigo';
  return join(env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local', 'share'), 'vigo');
}

/** What `--data-dir` names, or the default; absolute. */
export function dataDirOf(flag: string | undefined): string {
  return resolve(flag || defaultDataDir({ env: process.env, uid: process.getuid?.() }));
}

/** How the commands of a server's own host find it and prove that they may. */
export interface LocalServer {
  /** `https://host:port` of its API listener. */
  readonly url: string;
  readonly token: string;
  /** CA certificates that sign its certificate; absent if it has a public one. */
  readonly caPem: string | undefined;
}

/** Throws `UNREACHABLE` if there is no server in `dataDir`, `UNAUTHENTICATED` if its files may not be read. */
export async function readLocalServer(dataDir: string): Promise<LocalServer> {
  const url = (await readSmallFile(join(dataDir, 'api-address')))?.trim();
  if (url === undefined) throw await noServer(dataDir);
  const token = await readAdminToken(dataDir);
  return { url, token, caPem: await readCa(dataDir) };
}

/** The administrator's token in `dataDir`. */
export async function readAdminToken(dataDir: string): Promise<string> {
  const file = join(dataDir, 'admin-token');
  const token = (await readSmallFile(file))?.trim();
  if (!token) {
    throw new VigoError('UNAUTHENTICATED', `there is no token in ${file}: pass one with --token or VIGO_TOKEN`);
  }
  return token;
}

/** CA certificates in `dataDir`, PEM; undefined if there are none. */
export function readCa(dataDir: string): Promise<string | undefined> {
  return readSmallFile(join(dataDir, 'tls', 'ca.pem'));
}

async function noServer(dataDir: string): Promise<VigoError> {
  try {
    await access(dataDir, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (codeOf(error) === 'EACCES') return unreadable(dataDir, error);
  }
  return new VigoError(
    'UNREACHABLE',
    `no server is known: ${dataDir} has no file "api-address", which a hub or standalone server writes when it starts. ` +
      'Pass --hub URL with --token (VIGO_HUB, VIGO_TOKEN), or --data-dir DIR (VIGO_DATA_DIR) on the server itself',
  );
}

function unreadable(path: string, error: unknown): VigoError {
  return new VigoError(
    'UNAUTHENTICATED',
    `cannot read ${path}: permission denied. Run this as the user that the server runs as, ` +
      'or pass --hub URL with --token (VIGO_HUB, VIGO_TOKEN)',
    { cause: error },
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** The text of a file; undefined if it does not exist. */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      if ((await file.stat()).size > MAX_FILE_BYTES) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EACCES' || code === 'EPERM') throw unreadable(path, error);
    throw new VigoError('DATA_DIR_UNUSABLE', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
