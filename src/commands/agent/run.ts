/** vigocli agent run */
import * as Flags from '@oclif/core/flags';
import type { AgentStatus } from '../../agent/status.ts';
import { stateDirFlag } from '../../cli/agent-flags.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { withInterrupt } from '../../cli/interrupt.ts';

export default class AgentRun extends BaseCommand<AgentStatus> {
  static override summary = 'Check in with the fleet until SIGTERM.';
  static override description =
    'Logs one JSON object a line on stdout (VIGO_LOG_LEVEL). With --json it does not log and prints its status at the end. SIGHUP makes it check in now.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --state-dir /var/lib/vigo',
    '<%= config.bin %> <%= command.id %> --once --json',
  ];
  static override flags = {
    'state-dir': stateDirFlag,
    once: Flags.boolean({ description: 'one check-in that succeeds, then end' }),
    root: Flags.string({ description: "where the system's files begin", default: '/', helpValue: 'DIR' }),
  };

  async run(): Promise<AgentStatus> {
    const { flags } = await this.parse(AgentRun);
    const { runAgent } = await import('../../agent/run.ts');
    const { agentStatus } = await import('../../agent/status.ts');
    const { defaultStateDir } = await import('../../agent/state-dir.ts');
    const { createLogger, silentLogger } = await import('../../platform/logger.ts');
    const { createHurry } = await import('../../agent/hurry.ts');
    const { systemClock } = await import('../../platform/clock.ts');
    const { createServiceManager, takeServiceManagerEnv } = await import('../../platform/service-manager.ts');
    const stateDir = flags['state-dir'] ?? defaultStateDir();
    const logger = this.human ? createLogger() : silentLogger;
    const manager = createServiceManager({ env: takeServiceManagerEnv(process.env), clock: systemClock, logger });
    const hurry = createHurry();
    const checkInNow = () => {
      manager.reloading();
      hurry.now();
      manager.ready();
    };
    await withInterrupt((signal) => {
      signal.addEventListener('abort', manager.stopping, { once: true });
      return runAgent({
        stateDir,
        signal,
        hurry,
        started() {
          process.on('SIGHUP', checkInNow);
          manager.ready();
        },
        once: flags.once,
        root: flags.root,
        agentVersion: this.config.version,
        logger,
      });
    });
    process.removeListener('SIGHUP', checkInNow);
    return agentStatus({ stateDir });
  }
}
