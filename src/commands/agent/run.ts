/** vigocli agent run */
import * as Flags from '@oclif/core/flags';
import type { AgentStatus } from '../../agent/status.ts';
import { stateDirFlag } from '../../cli/agent-flags.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { withInterrupt } from '../../cli/interrupt.ts';

export default class AgentRun extends BaseCommand<AgentStatus> {
  static override summary = 'Check in with the fleet until SIGTERM.';
  static override description =
    'Logs one JSON object a line on stdout (VIGO_LOG_LEVEL). With --json it does not log and prints its status at the end.';
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
    const stateDir = flags['state-dir'] ?? defaultStateDir();
    await withInterrupt((signal) =>
      runAgent({
        stateDir,
        signal,
        once: flags.once,
        root: flags.root,
        agentVersion: this.config.version,
        logger: this.human ? createLogger() : silentLogger,
      }),
    );
    return agentStatus({ stateDir });
  }
}
