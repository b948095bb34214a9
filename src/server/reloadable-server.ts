/**
 * A server that takes a changed server.yaml without a new process.
 *
 * As long as the file says the same, a reload reads license, certificates and secrets anew, and connections stay. If it says something
 * else, the server ends in good order and starts again with it, within a second: as after a restart, moves go on, and agents and
 * commands come back by themselves. A file that is wrong, or that no server can be started with, changes nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { messageOf, VigoError } from '../fleet/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { createMutex } from '../platform/mutex.ts';
import type { ServerConfig } from './config/server-config.ts';
import type { Server } from './serve.ts';

export interface ReloadableServer {
  readonly role: Server['role'];
  /** Rejects only if there is no server any more: it started neither with the new file nor with the one before. */
  reload(): Promise<void>;
  /** After a reload that is going on. */
  close(): Promise<void>;
}

export interface ReloadableServerOptions {
  /** server.yaml as it is now. Throws CONFIG_INVALID or CONFIG_NOT_FOUND. */
  readonly load: () => Promise<ServerConfig>;
  readonly start: (config: ServerConfig) => Promise<Server>;
  readonly logger: Logger;
}

/** Throws what keeps the server from starting. */
export async function startReloadableServer({
  load,
  start,
  logger,
}: ReloadableServerOptions): Promise<ReloadableServer> {
  const oneAtATime = createMutex();
  let config = await load();
  let server: Server | undefined = await start(config);
  const { role } = server;
  let closing = false;
  let waiting: Promise<void> | undefined;

  const startAnew = async (next: ServerConfig): Promise<void> => {
    logger.info({ file: next.configFile, changed: changedSections(config, next) }, 'server.yaml has changed');
    await server?.close();
    server = undefined;
    if (closing) return;
    try {
      server = await start(next);
      config = next;
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'not started with the new server.yaml, going on with the one before');
      server = await start(config);
    }
  };
  const reload = async (): Promise<void> => {
    waiting = undefined;
    if (closing) return;
    let next: ServerConfig;
    try {
      next = await load();
      refuseAnother(config, next);
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'not reloaded, everything stays as it was');
      return;
    }
    if (isDeepStrictEqual(next, config)) await server?.reload();
    else await startAnew(next);
  };

  return {
    role,
    // However often it is told to while it is busy, once is enough afterwards.
    reload: () => (waiting ??= oneAtATime.run(reload)),
    close() {
      closing = true;
      return oneAtATime.run(async () => server?.close());
    },
  };
}

/** A mistyped path must not leave a running fleet for an empty one. */
function refuseAnother(before: ServerConfig, next: ServerConfig): void {
  const refuse = (key: string, from: string, to: string): never => {
    throw new VigoError('CONFIG_INVALID', `${key} was ${from} and is ${to}: that takes a restart`);
  };
  if (before.configFile !== next.configFile) refuse('the file', before.configFile ?? 'none', next.configFile ?? 'none');
  if (before.dataDir !== next.dataDir) refuse('data_dir', before.dataDir, next.dataDir);
  if (before.spanner.role !== next.spanner.role) refuse('spanner.role', before.spanner.role, next.spanner.role);
  if (before.database.url !== next.database.url) refuse('database.url', before.database.url, next.database.url);
}

/** Keys of the file's first level, such as "spanner". */
function changedSections(before: ServerConfig, next: ServerConfig): string[] {
  const sections = [
    'server',
    'license',
    'checkin',
    'runs',
    'stacks',
    'enrollment',
    'auth',
    'spanner',
    'webhooks',
  ] as const;
  return [...sections, 'notifications' as const].filter((key) => !isDeepStrictEqual(before[key], next[key]));
}
