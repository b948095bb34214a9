/** vigocli agent enroll */
import * as Flags from '@oclif/core/flags';
import type { Enrolled } from '../../agent/enroll.ts';
import { stateDirFlag } from '../../cli/agent-flags.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { withInterrupt } from '../../cli/interrupt.ts';

export default class AgentEnroll extends BaseCommand<Enrolled> {
  static override summary = 'Make this machine an envoy.';
  static override description =
    'The key is made here and never leaves the machine. May be repeated when the answer was lost: it is the same envoy again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --hub https://hub.example.com:8443 --token TOKEN',
    '<%= config.bin %> <%= command.id %> --hub https://hub.example.com:8443 --token TOKEN --hostname web1.dc1.example.com --state-dir /var/lib/vigo',
  ];
  static override flags = {
    hub: Flags.string({
      description: 'API address of the hub [default: what the token says]',
      env: 'VIGO_HUB',
      helpValue: 'URL',
    }),
    token: Flags.string({
      description: 'from `tokens create`; better in the environment, where `ps` does not show it [also: VIGO_TOKEN]',
      env: 'VIGO_ENROLL_TOKEN',
      // The bootstrap script's name for it. Elsewhere it holds an operator's token, which is refused here for what it is.
      default: async () => process.env.VIGO_TOKEN || undefined,
      helpValue: 'TOKEN',
      noCacheDefault: true,
      required: true,
    }),
    hostname: Flags.string({
      description: "host name, which decides the spoke [default: the machine's]",
      helpValue: 'H',
    }),
    'state-dir': stateDirFlag,
  };

  async run(): Promise<Enrolled> {
    const { flags } = await this.parse(AgentEnroll);
    const { enroll } = await import('../../agent/enroll.ts');
    const { defaultStateDir } = await import('../../agent/state-dir.ts');
    const { hub, hostname, token } = flags;
    const stateDir = flags['state-dir'] ?? defaultStateDir();
    const enrolled = await withInterrupt((signal) =>
      enroll({ token, stateDir, signal, ...(hub ? { hubUrl: hub } : {}), ...(hostname ? { hostname } : {}) }),
    );
    this.print(`enrolled ${enrolled.hostname} as ${enrolled.envoyId}, served by ${enrolled.owner}`);
    return enrolled;
  }
}
