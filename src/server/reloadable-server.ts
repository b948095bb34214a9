/**
 * A server that takes a changed server.yaml without a new process.
 *
 * As long as the file says the same, a reload reads license, certificates and secrets of webhooks anew, and connections stay. If it says
 * something else, the server ends in good order and starts again with it: as after a restart, moves go on, and agents and commands
 * come back by themselves. A file that is wrong changes nothing. If the server cannot start with it, it starts with the one before.
 */
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../fleet/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { createMutex } from '../platform/mutex.ts';
import type { ServerConfig } from './config/server-config.ts';
import type { Server } from './serve.ts';

export interface ReloadableServer {
  readonly role: Server['role'];
  /** Rejects only if there is no server any more: it has not ended well, or started neither with the new file nor with the one before. */
  reload(): Promise<void>;
  /** Within five seconds, also if a reload is going on that waits for something. */
  close(): Promise<void>;
}

export interface ReloadableServerOptions {
  /** server.yaml as it is now. Throws CONFIG_INVALID or CONFIG_NOT_FOUND. */
  readonly load: () => Promise<ServerConfig>;
  /** Throws why no server can be started in this process with the second in place of the first. */
  readonly check: (before: ServerConfig, next: ServerConfig) => Promise<void>;
  readonly start: (config: ServerConfig) => Promise<Server>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a reload waits for goes with the process. */
const CLOSE_MS = 5_000;

/** Throws what keeps the server from starting. */
export async function startReloadableServer({
  load,
  check,
  start,
  clock,
  logger,
}: ReloadableServerOptions): Promise<ReloadableServer> {
  const oneAtATime = createMutex();
  let config = await load();
  let server: Server | undefined = await start(config);
  const { role } = server;
  let closing = false;
  let waiting: Promise<void> | undefined;

  const isSame = (next: ServerConfig): boolean => isDeepStrictEqual(next, config);
  const startAnew = async (next: ServerConfig): Promise<void> => {
    logger.info({ file: next.configFile, changed: changedSections(config, next) }, 'server.yaml has changed');
    const old = server;
    server = undefined;
    await old?.end();
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
      if (!isSame(next)) await check(config, next);
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'not reloaded, everything stays as it was');
      return;
    }
    if (isSame(next)) await server?.reload();
    else await startAnew(next);
  };

  return {
    role,
    // However often it is told to while it is busy, once is enough afterwards.
    reload: () => (waiting ??= oneAtATime.run(reload)),
    async close() {
      closing = true;
      const tooLong = new AbortController();
      const closed = oneAtATime.run(async () => server?.close());
      await Promise.race([closed, sleep(clock, CLOSE_MS, tooLong.signal)]);
      tooLong.abort();
    },
  };
}

const SECTIONS = [
  ...(['server', 'license', 'checkin', 'runs', 'stacks', 'enrollment'] as const),
  ...(['auth', 'spanner', 'webhooks', 'notifications'] as const),
];

/** Keys of the file's first level, such as "spanner". */
const changedSections = (before: ServerConfig, next: ServerConfig): string[] =>
  SECTIONS.filter((key) => !isDeepStrictEqual(before[key], next[key]));
