/** A vendor of its own, and a license from it for every server of a fleet on this machine. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collectParts, formatFingerprint } from '../../src/license/fingerprint.ts';
import { issueLicense } from '../../src/license/issue-license.ts';
import { generateVendorKeys } from '../../src/license/vendor-keypair.ts';
import { openOrCreateCa } from '../../src/pki/ca.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { licenseFile } from './fleet-config.ts';

/** Writes `vendor.key` and `vendor.pub` to `vendorDir`, and the license for so many envoys into every data directory. */
export async function licenseServers(vendorDir: string, dataDirs: readonly string[], envoys: number): Promise<void> {
  const vendor = generateVendorKeys();
  await mkdir(vendorDir, { recursive: true });
  await writeFile(join(vendorDir, 'vendor.key'), vendor.privateKeyPem);
  await writeFile(join(vendorDir, 'vendor.pub'), vendor.publicKeyPem);
  const license = issueLicense({
    privateKeyPem: vendor.privateKeyPem,
    customer: 'Acme',
    tier: 'enterprise',
    envoys,
    expires: '2099-01-01',
    fingerprints: await Promise.all(dataDirs.map(fingerprintOf)),
    now: systemClock.now(),
  });
  for (const file of dataDirs.map(licenseFile)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, license);
  }
}

/** What `license fingerprint` prints: it makes a CA where there is none, so that a machine without an id has two parts. */
async function fingerprintOf(dataDir: string): Promise<string> {
  const ca = await openOrCreateCa({ dir: join(dataDir, 'tls'), now: systemClock.now() });
  return formatFingerprint(collectParts({ caPublicKey: ca.publicKeyDer }));
}
