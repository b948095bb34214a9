/** What can be known of a start before the server that runs is closed for it. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { VigoError } from '../fleet/errors.ts';
import type { ServerConfig } from './config/server-config.ts';
import { bind } from './platform/bind.ts';

export interface RestartCheck {
  /** The configuration that the server runs with. */
  readonly before: ServerConfig;
  readonly next: ServerConfig;
  /** Of the program that runs. */
  readonly version: string;
  /** The folder of package.json. */
  readonly programRoot: string;
}

/** Throws CONFIG_INVALID for what takes a new process, and LISTEN_FAILED for an address that others use. */
export async function checkRestart({ before, next, version, programRoot }: RestartCheck): Promise<void> {
  refuseAnother(before, next);
  const { version: onDisk } = JSON.parse(await readFile(join(programRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  // It would serve the new one's pages, and load its code bit by bit.
  if (onDisk !== version) refuse('the program', version, `${onDisk} on disk`);
  const own = new Set(listens(before));
  for (const listen of listens(next)) {
    if (own.has(listen)) continue;
    const server = createServer();
    await bind(server, listen);
    await new Promise((resolve) => server.close(resolve));
  }
}

const listens = ({ server, spanner }: ServerConfig): string[] => [
  server.grpcListen,
  server.metricsListen,
  ...(spanner.role === 'spoke' ? [] : [server.apiListen]),
];

/** A mistyped path must not leave a running fleet for an empty one. */
function refuseAnother(before: ServerConfig, next: ServerConfig): void {
  const keys: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['the file', before.configFile, next.configFile],
    ['data_dir', before.dataDir, next.dataDir],
    ['database.url', before.database.url, next.database.url],
    ['spanner.role', before.spanner.role, next.spanner.role],
    ['spanner.spoke_id', before.spanner.spokeId, next.spanner.spokeId],
  ];
  for (const [key, from, to] of keys) if (from !== to) refuse(key, from ?? 'none', to ?? 'none');
}

function refuse(what: string, from: string, to: string): never {
  throw new VigoError('CONFIG_INVALID', `${what} was ${from} and is ${to}: that takes a restart`);
}
