/** vigocli config publish */
import * as Flags from '@oclif/core/flags';
import type { PublishedJson } from '../../cli/json/config.ts';
import { present } from '../../cli/present.ts';
import { createProgress } from '../../cli/progress.ts';
import { PublishedCommand } from '../../cli/published-command.ts';
import { StacksInvalid } from '../../cli/stacks-invalid.ts';
import { systemClock } from '../../platform/clock.ts';

/** The largest archive over a slow line, and a minute for the slowest spoke. */
const TIMEOUT_MS = 15 * 60_000;
const MIB = 1024 * 1024;

export default class ConfigPublish extends PublishedCommand {
  static override summary =
    'Publish stacks: check them, make them the fleet’s configuration, and give them to all spokes.';
  static override description =
    'Works from any machine that reaches the API. A tree with mistakes changes nothing. A spoke that is away is skipped with a warning, and is given the version when it answers again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --stacks ~/fleet/stacks -m "new ntp servers"',
  ];
  static override flags = {
    stacks: Flags.string({ description: 'directory with the tree', default: 'stacks', helpValue: 'DIR' }),
    message: Flags.string({
      char: 'm',
      description: 'what it is about, for the history',
      default: '',
      helpValue: 'TEXT',
    }),
  };

  async run(): Promise<PublishedJson> {
    const { flags } = await this.parse(ConfigPublish);
    const [{ readStacksDir }, { packArchive }, { uploadStacks }] = await Promise.all([
      import('../../stacks/read-stacks-dir.ts'),
      import('../../stacks/pack-archive.ts'),
      import('../../cli/upload-stacks.ts'),
    ]);
    const archive = await packArchive(await readStacksDir(flags.stacks));
    const hub = await this.connect(flags);
    const progress = await createProgress({
      terminal: this.terminal,
      clock: systemClock,
      silent: !(this.human && this.terminal.canPaint),
    });
    const onSent = (bytes: number) => progress.update(sentText(bytes, archive.bytes.length));
    const { message, timeout: timeoutMs = TIMEOUT_MS } = flags;
    const { problems, published } = await this.order(() =>
      uploadStacks({ hub, archive, message, timeoutMs, onSent }),
    ).finally(() => progress.stop());
    if (problems.length > 0) throw new StacksInvalid(flags.stacks, problems, 'nothing was published');
    return this.report(present(published, 'what it published'));
  }
}

function sentText(bytes: number, size: number): string {
  if (bytes === size) return 'waiting for the spokes';
  return `uploading  ${(bytes / MIB).toFixed(1)}/${(size / MIB).toFixed(1)} MiB`;
}
