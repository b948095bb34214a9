/** Which license is in force: free, from a file, or none that will do. */
import { createPublicKey } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { formatFingerprint } from '../../../src/license/fingerprint.ts';
import { issueLicense } from '../../../src/license/license-file.ts';
import { checkCapacity, FREE_LICENSE, type LoadLicenseOptions, loadLicense } from '../../../src/license/policy.ts';
import { vendorPublicKey } from '../../../src/license/vendor-key.ts';
import { generateVendorKeys } from '../../../src/license/vendor-keypair.ts';
import { generatePrivateKeyPem } from '../../../src/pki/keys.ts';
import { vigoErrorOf } from '../pki/errors.ts';
import { useTempDir } from '../pki/temp-dir.ts';

const NOW = Date.UTC(2029, 5, 1);
const fingerprint = formatFingerprint({ machineId: 'id', mac: 'mac' });
const vendor = generateVendorKeys();

describe('license in force', () => {
  const dir = useTempDir();
  const file = () => join(dir(), 'vigo.lic');
  const vendorFile = () => join(dir(), 'vendor.pub');
  beforeEach(() => writeFile(vendorFile(), vendor.publicKeyPem));

  const env = () => ({ VIGO_LICENSE_VENDOR_KEY: vendorFile() });
  const load = (more: Partial<LoadLicenseOptions> = {}) =>
    loadLicense({ file: file(), env: env(), fingerprint, now: NOW, role: 'standalone', ...more });
  const install = (privateKeyPem = vendor.privateKeyPem) =>
    writeFile(
      file(),
      issueLicense({
        privateKeyPem,
        customer: 'Acme',
        tier: 'enterprise',
        envoys: 500,
        expires: '2030-01-01',
        fingerprints: [fingerprint],
        now: NOW,
      }),
    );

  it('is the free one without a file, for a standalone server', async () => {
    expect(await load({ env: {} })).to.deep.equal({ ...FREE_LICENSE, fingerprint });
    expect(FREE_LICENSE).to.include({ tier: 'free', envoys: 25, evaluation: false });
    expect((await load()).evaluation).to.equal(true);
  });

  it('is the free one also on a machine without a fingerprint', async () => {
    expect((await load({ fingerprint: undefined })).fingerprint).to.equal('');
  });

  for (const role of ['hub', 'spoke'] as const) {
    it(`is none without a file for a ${role}, which says what to do`, async () => {
      const error = await vigoErrorOf(() => load({ role, env: {} }));
      expect(error.code).to.equal('LICENSE_REQUIRED');
      expect(error.exit).to.equal(1);
      for (const part of [role, file(), 'license fingerprint', 'vendor', 'license install']) {
        expect(error.message).to.contain(part);
      }
    });
  }

  it('is the one in the file, in every role', async () => {
    await install();
    for (const role of ['standalone', 'hub', 'spoke'] as const) {
      expect(await load({ role })).to.deep.equal({
        customer: 'Acme',
        tier: 'enterprise',
        envoys: 500,
        expiresAt: Date.UTC(2030, 0, 1),
        evaluation: true,
        fingerprint,
        fingerprints: [fingerprint],
      });
    }
  });

  it('is not the free one when the file does not do: the file is named', async () => {
    await install();
    const other = formatFingerprint({ machineId: 'other id', mac: 'other mac' });
    const cases: [string, () => Promise<unknown>][] = [
      ['LICENSE_EXPIRED', () => load({ now: Date.UTC(2031, 0) })],
      ['LICENSE_OTHER_MACHINE', () => load({ fingerprint: other })],
      ['FINGERPRINT_UNAVAILABLE', () => load({ fingerprint: undefined })],
      // The built-in key did not sign it.
      ['LICENSE_SIGNATURE', () => load({ env: {} })],
      ['LICENSE_INVALID', () => writeFile(file(), 'x').then(() => load())],
      ['LICENSE_INVALID', () => mkdir(join(dir(), 'sub')).then(() => load({ file: join(dir(), 'sub') }))],
    ];
    for (const [code, run] of cases) {
      const error = await vigoErrorOf(run);
      expect(error.code).to.equal(code);
      expect(error.message).to.contain(dir());
    }
  });

  it('covers as many envoys as it says', async () => {
    for (const enrolled of [0, 24]) checkCapacity(FREE_LICENSE, enrolled);
    for (const enrolled of [25, 26]) {
      const error = await vigoErrorOf(() => checkCapacity(FREE_LICENSE, enrolled));
      expect(error.code).to.equal('LICENSE_EXHAUSTED');
      expect(error.message).to.match(
        new RegExp(`free license covers 25 envoys and ${enrolled} are enrolled.*revoke.*install`),
      );
    }
  });

  describe('vendor key', () => {
    it('is the built-in one unless the environment names another', () => {
      const builtIn = vendorPublicKey({});
      expect(builtIn.evaluation).to.equal(false);
      expect(builtIn.publicKeyPem).to.match(/^-----BEGIN PUBLIC KEY-----\n/);
      expect(vendorPublicKey({ VIGO_LICENSE_VENDOR_KEY: '' })).to.deep.equal(builtIn);
      expect(vendorPublicKey(env())).to.deep.equal({ publicKeyPem: vendor.publicKeyPem, evaluation: true });
    });

    const bad: [string, () => string | undefined, RegExp][] = [
      ['a file that is not there', () => undefined, /cannot be read/],
      ['another text', () => 'hello', /does not hold a public key/],
      ['the private key', () => vendor.privateKeyPem, /is a private key/],
      ['a huge file', () => 'x'.repeat(70_000), /cannot be read/],
    ];
    for (const [what, content, message] of bad) {
      it(`is refused when the environment names ${what}`, async () => {
        const path = join(dir(), 'bad.pub');
        const text = content();
        if (text !== undefined) await writeFile(path, text);
        const error = await vigoErrorOf(() => load({ env: { VIGO_LICENSE_VENDOR_KEY: path } }));
        expect(error.code).to.equal('CONFIG_INVALID');
        expect(error.message).to.contain('VIGO_LICENSE_VENDOR_KEY').and.to.contain(path).and.to.match(message);
      });
    }

    it('is refused when it is of another sort', async () => {
      const path = join(dir(), 'ec.pub');
      const ec = createPublicKey(generatePrivateKeyPem()).export({ type: 'spki', format: 'pem' });
      await writeFile(path, ec);
      const error = await vigoErrorOf(() => vendorPublicKey({ VIGO_LICENSE_VENDOR_KEY: path }));
      expect(error.message).to.contain('Ed25519');
    });
  });
});
