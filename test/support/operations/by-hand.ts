/** What people do between the blocks of the page, as its prose asks them to. */
import { readFile, writeFile } from 'node:fs/promises';
import { issueLicense } from '../../../src/license/issue-license.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Machine, Machines } from './machines.ts';

export interface ByHand {
  readonly vendorKeyFile: string;
  readonly machines: () => Machines;
  /** A machine has told its fingerprint: the next thing that is done on it is done as a server. */
  readonly onLicensed: (machine: Machine) => unknown;
}

/** To be called with what was printed on a machine, before anybody goes on. */
export async function doByHand(by: ByHand, machine: Machine, printed: string): Promise<void> {
  const [fingerprint] = /^vf1-\S+$/m.exec(printed) ?? [];
  if (fingerprint) {
    await writeFile(machine.path('/root/vigo.lic'), await licenseOf(by.vendorKeyFile, fingerprint));
    by.onLicensed(machine);
  }
  const passphrase = await readFile(machine.path('/root/vigo-passphrase')).catch(() => undefined);
  if (!passphrase) return;
  for (const each of by.machines().all)
    await writeFile(each.path('/root/vigo-passphrase'), passphrase, { mode: 0o600 });
}

/** The vendor's answer. */
async function licenseOf(vendorKeyFile: string, fingerprint: string): Promise<string> {
  return issueLicense({
    privateKeyPem: await readFile(vendorKeyFile, 'utf8'),
    ...{ customer: 'Acme', tier: 'enterprise', envoys: 500, expires: '2099-01-01' },
    fingerprints: [fingerprint],
    now: systemClock.now(),
  });
}
