/** vigocli config validate */
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { StacksInvalid } from '../../cli/stacks-invalid.ts';

export interface ValidJson {
  readonly valid: true;
  readonly configcrates: number;
  readonly roles: number;
  readonly rules: number;
  readonly files: number;
}

export default class ConfigValidate extends BaseCommand<ValidJson> {
  static override summary = 'Check stacks: every mistake with its file, line and column.';
  static override description = 'Needs no server. Publishing runs the same checks.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --stacks ~/fleet/stacks --json',
  ];
  static override flags = {
    stacks: Flags.string({ description: 'directory with the tree', default: 'stacks', helpValue: 'DIR' }),
  };

  async run(): Promise<ValidJson> {
    const { flags } = await this.parse(ConfigValidate);
    const [{ readStacksDir }, { checkStacks }, { RESOURCE_TYPES }] = await Promise.all([
      import('../../stacks/read-stacks-dir.ts'),
      import('../../stacks/check-stacks.ts'),
      import('../../resources/index.ts'),
    ]);
    const files = await readStacksDir(flags.stacks);
    const { stacks, problems } = checkStacks(files, RESOURCE_TYPES);
    if (!stacks) throw new StacksInvalid(flags.stacks, problems, 'it could not be published');
    const { configcrates, roles, rules } = stacks;
    const counts = { configcrates: configcrates.size, roles: roles.size, rules: rules.length, files: files.size };
    this.print(
      `${flags.stacks} is valid: ${counts.configcrates} configcrates, ${counts.roles} roles, ${counts.rules} rules in ${counts.files} files`,
    );
    return { valid: true, ...counts };
  }
}
