/** Which server a command talks to: by --hub and --token, or by the data directory of a server on this machine. */
import { VigoError } from '../fleet/errors.ts';
import { dataDirOf, type LocalServer, readAdminToken, readCa, readLocalServer, readSmallFile } from './data-dir.ts';

/** What the flags (or their environment variables) say. Empty texts count as absent. */
export interface ServerFlags {
  readonly hub?: string | undefined;
  readonly token?: string | undefined;
  readonly 'ca-file'?: string | undefined;
  readonly 'data-dir'?: string | undefined;
}

/** Each flag overrides what the data directory says. Throws `USAGE`, `UNREACHABLE` or `UNAUTHENTICATED`. */
export async function findServer(flags: ServerFlags): Promise<LocalServer> {
  const caPem = flags['ca-file'] ? await readCaFile(flags['ca-file']) : undefined;
  if (!flags.hub) {
    const local = await readLocalServer(dataDirOf(flags['data-dir']));
    return { url: local.url, token: flags.token || local.token, caPem: caPem ?? local.caPem };
  }
  const url = flags.hub;
  // A directory that was named may complete a URL that was named; the default one belongs to another server.
  const dataDir = flags['data-dir'] ? dataDirOf(flags['data-dir']) : undefined;
  const token = flags.token || (dataDir ? await readAdminToken(dataDir) : undefined);
  if (!token) {
    throw new VigoError('UNAUTHENTICATED', `no token for ${url}: pass --token or VIGO_TOKEN`);
  }
  return { url, token, caPem: caPem ?? (dataDir ? await readCa(dataDir) : undefined) };
}

async function readCaFile(path: string): Promise<string> {
  const pem = await readSmallFile(path);
  if (pem === undefined) throw new VigoError('USAGE', `--ca-file ${path} does not exist`);
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new VigoError('USAGE', `--ca-file ${path} has no certificate in PEM`);
  }
  return pem;
}
