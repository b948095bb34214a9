/** vigocli license fingerprint */
import { BaseCommand } from '../../cli/base-command.ts';
import { dataDirOf } from '../../cli/data-dir.ts';
import { dataDirFlag } from '../../cli/hub-command.ts';
import { systemClock } from '../../platform/clock.ts';

interface FingerprintJson {
  readonly fingerprint: string;
}

export default class LicenseFingerprint extends BaseCommand<FingerprintJson> {
  static override summary = "Print this machine's fingerprint, which a license names.";
  static override description =
    "It has three parts: machine id, network address, and the fleet's CA, which is made when there is none yet. Two must match.";
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --data-dir /srv/vigo',
  ];
  static override flags = { 'data-dir': dataDirFlag };

  async run(): Promise<FingerprintJson> {
    const { flags } = await this.parse(LicenseFingerprint);
    const { caKeyOf } = await import('../../cli/fleet-ca.ts');
    const { collectParts, formatFingerprint } = await import('../../license/fingerprint.ts');
    const caPublicKey = await caKeyOf(dataDirOf(flags['data-dir']), { createAt: systemClock.now() });
    const fingerprint = formatFingerprint(collectParts(caPublicKey ? { caPublicKey } : {}));
    this.print(fingerprint);
    return { fingerprint };
  }
}
