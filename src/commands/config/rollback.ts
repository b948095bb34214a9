/** vigocli config rollback */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { confirm } from '../../cli/confirm.ts';
import type { PublishedJson } from '../../cli/json/config.ts';
import { present } from '../../cli/present.ts';
import { PublishedCommand } from '../../cli/published-command.ts';
import { shortVersion } from '../../cli/render/envoys.ts';

/** A hub waits a minute for the slowest spoke. */
const TIMEOUT_MS = 120_000;

export default class ConfigRollback extends PublishedCommand {
  static override summary = 'Publish a version of the history again.';
  static override description =
    'The version is given in full or by its first 8 characters or more, as `config history` shows them. Asks first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 4f0c2a9be1d7',
    '<%= config.bin %> <%= command.id %> 4f0c2a9be1d7 --yes -m "sshd was locked out"',
  ];
  static override args = {
    version: Args.string({ description: 'the version, as `config history` shows it', required: true }),
  };
  static override flags = {
    message: Flags.string({ char: 'm', description: 'why, for the history', default: '', helpValue: 'TEXT' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  };

  async run(): Promise<PublishedJson> {
    const { args, flags } = await this.parse(ConfigRollback);
    const hub = await this.connect(flags);
    if (!flags.yes) {
      const { current } = await hub.call((admin) => admin.getConfigStatus({}));
      const from = current ? `, which has ${shortVersion(current.version)},` : '';
      const action = `Take the whole fleet${from} back to version ${shortVersion(args.version)}`;
      await confirm({ terminal: this.terminal, action, yes: false, instead: 'look at vigocli config history' });
    }
    const request = { version: args.version, message: flags.message };
    const call = { timeoutMs: flags.timeout ?? TIMEOUT_MS };
    const { published } = await this.order(() => hub.call((admin) => admin.rollbackConfig(request, call)));
    return this.report(present(published, 'what it published'));
  }
}
