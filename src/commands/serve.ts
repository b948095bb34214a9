/** vigocli serve */
import { homedir } from 'node:os';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/base-command.ts';
import type { ReloadableServer } from '../server/reloadable-server.ts';

export default class Serve extends BaseCommand<{ role: string }> {
  static override summary = 'Run a server until SIGTERM or SIGINT.';
  static override description =
    'Logs one JSON object a line on stdout; the line "ready" says where it listens. SIGHUP reads license, certificates and server.yaml anew.';
  static override hidden = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --role hub --config hub.yaml',
  ];
  static override flags = {
    role: Flags.option({ options: ['standalone', 'hub', 'spoke'] as const, description: 'overrides spanner.role' })(),
    config: Flags.string({ description: 'path of server.yaml', helpValue: 'FILE' }),
    'data-dir': Flags.string({ description: 'database, keys, published configuration', helpValue: 'DIR' }),
  };

  async run(): Promise<{ role: string }> {
    const { flags } = await this.parse(Serve);
    // Here, because a server's imports cost more than most commands take.
    const { loadServerConfig } = await import('../server/config/load-server-config.ts');
    const { startServer } = await import('../server/serve.ts');
    const { startReloadableServer } = await import('../server/reloadable-server.ts');
    const { checkRestart } = await import('../server/restart-check.ts');
    const { tuneHeap } = await import('../server/platform/heap.ts');
    const { systemClock } = await import('../platform/clock.ts');
    const { createLogger } = await import('../platform/logger.ts');
    const { createServiceManager, takeServiceManagerEnv } = await import('../platform/service-manager.ts');
    const logger = createLogger();
    const manager = createServiceManager({ env: takeServiceManagerEnv(process.env), clock: systemClock, logger });
    tuneHeap();
    // From the beginning: without a listener the signal would end the process. Who changes the file while a server starts is heard
    // when it has started.
    let server: ReloadableServer | undefined;
    let reloads = 0;
    let isStopping = false;
    const { promise: failed, reject: fail } = Promise.withResolvers<never>();
    const reload = async (running: ReloadableServer): Promise<void> => {
      manager.reloading();
      await running.reload();
      if (--reloads === 0 && !isStopping) manager.ready();
    };
    process.on('SIGHUP', () => {
      reloads++;
      if (server) reload(server).catch(fail);
    });
    // From the beginning, too: who is told to stop while it starts ends in good order when it has started. The second time
    // the signal ends the process at once.
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    });
    const program = { version: this.config.version, programRoot: this.config.root };
    server = await startReloadableServer({
      load: () =>
        loadServerConfig({
          ...ofThisProcess(),
          configFile: flags.config,
          dataDir: flags['data-dir'],
          role: flags.role,
        }),
      check: (before, next) => checkRestart({ before, next, ...program }),
      start: (config) => startServer({ config, env: process.env, ...program, clock: systemClock, logger }),
      clock: systemClock,
      logger,
    });
    manager.ready();
    if (reloads > 0) {
      reloads = 1;
      reload(server).catch(fail);
    }
    await Promise.race([ended, failed]);
    isStopping = true;
    manager.stopping();
    await server.close();
    return { role: server.role };
  }
}

/** Where server.yaml and the data are looked for. */
const ofThisProcess = () => ({
  env: process.env,
  cwd: process.cwd(),
  isRoot: process.getuid?.() === 0,
  homeDir: homedir(),
});
