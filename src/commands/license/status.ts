/** vigocli license status */
import { dataDirOf } from '../../cli/data-dir.ts';
import { HubCommand } from '../../cli/hub-command.ts';
import { type LicenseJson, licenseJson } from '../../cli/json/license.ts';
import { isoOfMs, textOrNull } from '../../cli/json/time.ts';
import { licenseFileIn } from '../../cli/local-license.ts';
import { renderDetails } from '../../cli/render/details.ts';
import { relative } from '../../cli/render/time.ts';
import { VigoError } from '../../fleet/errors.ts';
import { systemClock } from '../../platform/clock.ts';

export default class LicenseStatus extends HubCommand<LicenseJson> {
  static override summary = 'Show the license and how much of it is used.';
  static override description =
    'Asks the server. If none runs on this machine, checks the license file in the data directory instead, and says so.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --data-dir /srv/vigo --json',
  ];

  async run(): Promise<LicenseJson> {
    const { flags } = await this.parse(LicenseStatus);
    const license = await this.askServer(flags).catch((error: unknown) => {
      const away = error instanceof VigoError && (error.code === 'UNREACHABLE' || error.code === 'TIMEOUT');
      // Whoever names a server wants that server's answer.
      if (!away || flags.hub) throw error;
      return readLocalLicense(dataDirOf(flags['data-dir']));
    });
    this.print(this.render(license));
    return license;
  }

  private async askServer(flags: Parameters<HubCommand['connect']>[0]): Promise<LicenseJson> {
    const hub = await this.connect(flags);
    return licenseJson(await hub.call((admin) => admin.getLicense({})));
  }

  private render(license: LicenseJson): string {
    const { style } = this.terminal;
    const used = license.envoysUsed === null ? '' : `, ${license.envoysUsed} used`;
    const expires = license.expiresAt && `${license.expiresAt} (${relative(license.expiresAt, systemClock.now())})`;
    const details = renderDetails(
      [
        ['customer', license.customer],
        ['tier', license.tier],
        ['envoys', `${license.envoys}${used}`],
        ['expires', expires ?? 'never'],
        ['fingerprint', license.fingerprint],
        ['licensed for', license.fingerprints.join(', ')],
      ],
      style,
    );
    const notes = [
      license.evaluation ? style('yellow', 'evaluation: VIGO_LICENSE_VENDOR_KEY replaces the vendor key') : '',
      license.source === 'file' ? 'no server runs here: this is what the license file says' : '',
    ];
    return [details, ...notes].filter((line) => line !== '').join('\n');
  }
}

async function readLocalLicense(dataDir: string): Promise<LicenseJson> {
  const { caKeyOf } = await import('../../cli/fleet-ca.ts');
  const { collectParts, formatFingerprint } = await import('../../license/fingerprint.ts');
  const { loadLicense } = await import('../../license/policy.ts');
  const caPublicKey = await caKeyOf(dataDir);
  const parts = collectParts(caPublicKey ? { caPublicKey } : {});
  const license = await loadLicense({
    file: licenseFileIn(dataDir),
    env: process.env,
    // The free license asks for no fingerprint; for any other, loadLicense says what is missing.
    fingerprint: fingerprintOrNone(() => formatFingerprint(parts)),
    now: systemClock.now(),
    role: 'standalone',
  });
  return {
    customer: textOrNull(license.customer),
    tier: license.tier,
    envoys: license.envoys,
    envoysUsed: null,
    expiresAt: isoOfMs(license.expiresAt ?? 0),
    evaluation: license.evaluation,
    fingerprint: textOrNull(license.fingerprint),
    fingerprints: license.fingerprints,
    source: 'file',
  };
}

function fingerprintOrNone(format: () => string): string | undefined {
  try {
    return format();
  } catch (error) {
    if (error instanceof VigoError && error.code === 'FINGERPRINT_UNAVAILABLE') return undefined;
    throw error;
  }
}
