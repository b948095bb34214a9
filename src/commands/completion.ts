/** vigocli completion */
import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export default class Completion extends BaseCommand<{ shell: Shell; script: string }> {
  static override summary = 'Print what completes this program in a shell.';
  static override description = 'Made from the commands themselves; asks no server. The first lines say where it goes.';
  static override examples = [
    'source <(<%= config.bin %> <%= command.id %> bash)',
    '<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/<%= config.bin %>.fish',
  ];
  static override args = {
    shell: Args.option({ options: SHELLS })({ description: 'bash, zsh or fish', required: true }),
  };

  async run(): Promise<{ shell: Shell; script: string }> {
    const { args } = await this.parse(Completion);
    const { completionModel } = await import('../cli/completion/completion-model.ts');
    const { bashCompletion } = await import('../cli/completion/bash-completion.ts');
    const { fishCompletion } = await import('../cli/completion/fish-completion.ts');
    const { zshCompletion } = await import('../cli/completion/zsh-completion.ts');
    const make = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion }[args.shell];
    const script = make(completionModel(this.config));
    this.print(script.trimEnd());
    return { shell: args.shell, script };
  }
}
