/** vigocli license keygen */
import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { createOutput } from '../../cli/files.ts';
import { PRIVATE_FILE, PUBLIC_FILE } from '../../platform/durable-files.ts';

interface KeygenJson {
  readonly privateKeyFile: string;
  readonly publicKeyFile: string;
}

export default class LicenseKeygen extends BaseCommand<KeygenJson> {
  static override summary = 'Vendor side: make the key pair that signs licenses.';
  static override description =
    'Writes vendor.key (0600), which only the vendor keeps, and vendor.pub, which the program trusts. Never overwrites: licenses hang on these keys.';
  static override examples = ['<%= config.bin %> <%= command.id %> --out vendor/'];
  static override flags = {
    out: Flags.string({ description: 'directory for both files', helpValue: 'DIR', required: true }),
  };

  async run(): Promise<KeygenJson> {
    const { flags } = await this.parse(LicenseKeygen);
    const { generateVendorKeys } = await import('../../license/vendor-keypair.ts');
    const { privateKeyPem, publicKeyPem } = generateVendorKeys();
    const privateKeyFile = await createOutput(join(flags.out, 'vendor.key'), privateKeyPem, PRIVATE_FILE);
    const publicKeyFile = await createOutput(join(flags.out, 'vendor.pub'), publicKeyPem, PUBLIC_FILE);
    this.print(`${privateKeyFile}\n${publicKeyFile}`);
    return { privateKeyFile, publicKeyFile };
  }
}
