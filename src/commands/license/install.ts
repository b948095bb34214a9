/** vigocli license install */
import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { dataDirOf } from '../../cli/data-dir.ts';
import { readInput, writeOutput } from '../../cli/files.ts';
import { dataDirFlag } from '../../cli/hub-command.ts';
import { licenseFileIn } from '../../cli/local-license.ts';
import { systemClock } from '../../platform/clock.ts';
import { PUBLIC_FILE } from '../../platform/durable-files.ts';

interface InstalledJson {
  /** Where it lies now. */
  readonly file: string;
  readonly customer: string;
  readonly tier: string;
  readonly envoys: number;
  readonly expiresAt: string;
  readonly evaluation: boolean;
}

export default class LicenseInstall extends BaseCommand<InstalledJson> {
  static override summary = 'Check a license against this machine and put it into the data directory.';
  static override description =
    'A license that this machine could not use is refused, and what was installed stays. A running server takes it with SIGHUP or at its next start.';
  static override examples = ['<%= config.bin %> <%= command.id %> vigo.lic --data-dir /srv/vigo'];
  static override args = {
    file: Args.string({ description: 'license file from the vendor', required: true }),
  };
  static override flags = { 'data-dir': dataDirFlag };

  async run(): Promise<InstalledJson> {
    const { args, flags } = await this.parse(LicenseInstall);
    const { caKeyOf } = await import('../../cli/fleet-ca.ts');
    const { collectParts, formatFingerprint } = await import('../../license/fingerprint.ts');
    const { verifyLicense } = await import('../../license/license-file.ts');
    const { vendorPublicKey } = await import('../../license/vendor-key.ts');
    const dataDir = dataDirOf(flags['data-dir']);
    const text = readInput('FILE', args.file);
    const { publicKeyPem, evaluation } = vendorPublicKey(process.env);
    const caPublicKey = await caKeyOf(dataDir);
    const fingerprint = formatFingerprint(collectParts(caPublicKey ? { caPublicKey } : {}));
    const license = verifyLicense({ text, publicKeyPem, fingerprint, now: systemClock.now() });
    const file = await writeOutput(licenseFileIn(dataDir), text, PUBLIC_FILE);
    const expiresAt = new Date(license.expiresAt).toISOString();
    const { customer, tier, envoys } = license;
    this.print(`installed in ${file}: ${customer}, ${tier}, ${envoys} envoys, until ${expiresAt}`);
    if (evaluation) this.print('evaluation: VIGO_LICENSE_VENDOR_KEY replaces the vendor key');
    return { file, customer, tier, envoys, expiresAt, evaluation };
  }
}
