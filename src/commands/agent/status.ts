/** vigocli agent status */
import type { AgentStatus as Status } from '../../agent/status.ts';
import { stateDirFlag } from '../../cli/agent-flags.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderDetails } from '../../cli/render/details.ts';
import { relative } from '../../cli/render/time.ts';
import { systemClock } from '../../platform/clock.ts';

export default class AgentStatus extends BaseCommand<Status> {
  static override summary = 'Show what the agent on this machine knows about itself.';
  static override examples = ['<%= config.bin %> <%= command.id %> --state-dir /var/lib/vigo'];
  static override flags = { 'state-dir': stateDirFlag };

  async run(): Promise<Status> {
    const { flags } = await this.parse(AgentStatus);
    const { agentStatus } = await import('../../agent/status.ts');
    const { defaultStateDir } = await import('../../agent/state-dir.ts');
    const status = await agentStatus({ stateDir: flags['state-dir'] ?? defaultStateDir() });
    this.print(status.enrolled ? this.render(status) : `not enrolled: ${status.stateDir} holds no envoy`);
    return status;
  }

  private render(status: Status): string {
    return renderDetails(
      [
        ['hostname', status.hostname],
        ['id', status.envoyId],
        ['agent', status.running ? `running, process ${status.pid}` : 'not running'],
        ['spoke', status.spoke],
        ['address', status.address],
        ['epoch', status.epoch],
        ['last check-in', relative(status.lastCheckinAt, systemClock.now())],
        ['last error', status.lastError && `${status.lastError.code}: ${status.lastError.message}`],
        ['certificate', status.certificateExpiresAt && `until ${status.certificateExpiresAt}`],
        ['state', status.stateDir],
      ],
      this.terminal.style,
    );
  }
}
