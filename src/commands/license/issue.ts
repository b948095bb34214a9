/** vigocli license issue */
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { readInput, writeOutput } from '../../cli/files.ts';
import { systemClock } from '../../platform/clock.ts';
import { PUBLIC_FILE } from '../../platform/durable-files.ts';

interface IssuedJson {
  readonly file: string;
  readonly customer: string;
  readonly tier: string;
  readonly envoys: number;
  readonly expires: string;
  readonly fingerprints: readonly string[];
}

export default class LicenseIssue extends BaseCommand<IssuedJson> {
  static override summary = 'Vendor side: sign a license.';
  static override description =
    'Give one --fingerprint for each machine that may run a server under it; `license fingerprint` prints it there.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --key vendor/vendor.key --customer Acme --tier enterprise --envoys 500 ' +
      '--expires 2030-01-01 --fingerprint FP1 --fingerprint FP2 --out vigo.lic',
  ];
  static override flags = {
    key: Flags.string({ description: 'vendor.key of `license keygen`', helpValue: 'FILE', required: true }),
    customer: Flags.string({ description: 'whose it is', helpValue: 'TEXT', required: true }),
    tier: Flags.string({ description: 'what was sold', helpValue: 'TEXT', required: true }),
    envoys: Flags.integer({ description: 'envoys, fleet-wide', helpValue: 'N', min: 1, required: true }),
    expires: Flags.string({
      description: 'first day (UTC) on which it is not valid',
      helpValue: 'YYYY-MM-DD',
      required: true,
    }),
    fingerprint: Flags.string({
      description: 'a machine that it is for; may be given more than once',
      helpValue: 'FP',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    out: Flags.string({ description: 'where the license is written', helpValue: 'FILE', required: true }),
  };

  async run(): Promise<IssuedJson> {
    const { flags } = await this.parse(LicenseIssue);
    const { issueLicense } = await import('../../license/issue-license.ts');
    const { customer, tier, envoys, expires, fingerprint: fingerprints } = flags;
    const privateKeyPem = readInput('--key', flags.key);
    const now = systemClock.now();
    const text = issueLicense({ privateKeyPem, customer, tier, envoys, expires, fingerprints, now });
    const file = await writeOutput(flags.out, text, PUBLIC_FILE);
    this.print(file);
    return { file, customer, tier, envoys, expires, fingerprints };
  }
}
