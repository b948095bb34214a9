/** vigocli agent status */
import type { AgentStatus as Status } from '../../agent/status.ts';
import { stateDirFlag } from '../../cli/agent-flags.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderDetails } from '../../cli/render/details.ts';
import { shortVersion } from '../../cli/render/envoys.ts';
import { relative, took } from '../../cli/render/time.ts';
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
    const now = systemClock.now();
    return renderDetails(
      [
        ['hostname', status.hostname],
        ['id', status.envoyId],
        ['agent', status.running ? `running, process ${status.pid}` : 'not running'],
        ['spoke', status.spoke],
        ['address', status.address],
        ['epoch', status.epoch],
        ['last check-in', relative(status.lastCheckinAt, now)],
        ['last error', status.lastError && `${status.lastError.code}: ${status.lastError.message}`],
        ['bundle', bundleText(status)],
        ['last run', lastRunText(status, now)],
        ['run error', status.lastRun?.error ?? status.bundle?.error ?? null],
        ['waiting', waitingText(status, now)],
        ['set aside', status.refusedRuns === 0 ? null : `${count(status.refusedRuns, 'run')} that no server takes`],
        ['certificate', status.certificateExpiresAt && `until ${status.certificateExpiresAt}`],
        ['state', status.stateDir],
        ...status.damaged.map((what) => ['damaged', what] as const),
      ],
      this.terminal.style,
    );
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function bundleText({ bundle }: Status): string {
  if (!bundle) return 'none yet';
  return `${shortVersion(bundle.configVersion)} (${count(bundle.resources, 'resource')})`;
}

/** "3m ago: changed (4 ok, 1 changed) in 340 ms" */
function lastRunText({ lastRun }: Status, now: number): string {
  if (!lastRun) return 'never';
  const { startedAt, outcome, durationMs } = lastRun;
  const counts = (['ok', 'changed', 'failed', 'skipped'] as const)
    .filter((name) => lastRun[name] > 0)
    .map((name) => `${lastRun[name]} ${name}`);
  return `${relative(startedAt, now)}: ${outcome} (${counts.join(', ') || 'nothing'}) in ${took(durationMs)}`;
}

/** Null if all have been delivered. */
function waitingText({ waitingRuns }: Status, now: number): string | null {
  const { count: runs, oldestAt } = waitingRuns;
  if (runs === 0) return null;
  const since = oldestAt === null ? '' : `, the oldest from ${relative(oldestAt, now)}`;
  return `${count(runs, 'run')} not delivered yet${since}`;
}
