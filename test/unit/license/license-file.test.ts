/** License files: genuine ones are read, every other one is refused for its own reason. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { VigoError } from '../../../src/fleet/errors.ts';
import { formatFingerprint } from '../../../src/license/fingerprint.ts';
import { type IssueLicenseOptions, issueLicense, verifyLicense } from '../../../src/license/license-file.ts';
import { generateVendorKeys } from '../../../src/license/vendor-keypair.ts';
import { vigoErrorOf } from '../pki/errors.ts';

const NOW = Date.UTC(2029, 5, 1);
const EXPIRES = Date.UTC(2030, 0, 1);
const machine = (name: string) =>
  formatFingerprint({ machineId: `${name} id`, mac: `${name} mac`, caPublicKey: Buffer.from(`${name} key`) });
const vendor = generateVendorKeys();
const stranger = generateVendorKeys();
const issue = (more: Partial<IssueLicenseOptions> = {}) =>
  issueLicense({
    privateKeyPem: vendor.privateKeyPem,
    customer: 'Acme',
    tier: 'enterprise',
    envoys: 500,
    expires: '2030-01-01',
    fingerprints: [machine('hub'), machine('spoke')],
    now: NOW,
    ...more,
  });
const check = (text: string, more: { fingerprint?: string; now?: number; publicKeyPem?: string } = {}) =>
  verifyLicense({ text, publicKeyPem: vendor.publicKeyPem, fingerprint: machine('hub'), now: NOW, ...more });

const text = issue();
const document = JSON.parse(text) as { vigoLicense: number; payload: string; signature: string };

describe('license file', () => {
  it('gives back what was issued, on each of its machines', () => {
    const license = check(text);
    expect(license).to.deep.equal({
      id: license.id,
      customer: 'Acme',
      tier: 'enterprise',
      envoys: 500,
      issuedAt: NOW,
      expiresAt: EXPIRES,
      fingerprints: [machine('hub'), machine('spoke')],
    });
    expect(license.id).to.match(/^[0-9a-f-]{36}$/);
    expect(check(text, { fingerprint: machine('spoke') })).to.deep.equal(license);
    expect(check(issue()).id).not.to.equal(license.id);
  });

  it('is one line of JSON of the documented form', () => {
    expect(text.indexOf('\n')).to.equal(text.length - 1);
    expect(Object.keys(document)).to.deep.equal(['vigoLicense', 'payload', 'signature']);
    const payload = JSON.parse(Buffer.from(document.payload, 'base64url').toString());
    expect(payload).to.include({ customer: 'Acme', envoys: 500, expiresAt: '2030-01-01T00:00:00.000Z' });
  });

  it('is read without its line end, and with the one of Windows', () => {
    expect(check(text.trim()).customer).to.equal('Acme');
    expect(check(`${text.trim()}\r\n`).customer).to.equal('Acme');
  });

  it('keeps customers’ names in any script', () => {
    expect(check(issue({ customer: ' Ångström 株式会社 ' })).customer).to.equal('Ångström 株式会社');
  });

  it('is valid until the moment it expires', async () => {
    expect(check(text, { now: EXPIRES - 1 }).customer).to.equal('Acme');
    const error = await vigoErrorOf(() => check(text, { now: EXPIRES }));
    expect(error.code).to.equal('LICENSE_EXPIRED');
    expect(error.message).to.match(/Acme.*2030-01-01T00:00:00.000Z.*license install/);
  });

  it('is refused after any change of a single byte', () => {
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ difference, at);
        let code = 'accepted';
        try {
          check(changed.toString());
        } catch (error) {
          code = error instanceof VigoError ? error.code : String(error);
        }
        expect(code).to.be.oneOf(['LICENSE_INVALID', 'LICENSE_SIGNATURE']);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when cut off anywhere', async () => {
    for (let length = 0; length < text.length - 1; length += 7) {
      expect((await vigoErrorOf(() => check(text.slice(0, length)))).code).to.equal('LICENSE_INVALID');
    }
  });

  const withPayload = (change: object, keys?: { privateKeyPem: string }) => {
    const payload = { ...JSON.parse(Buffer.from(document.payload, 'base64url').toString()), ...change };
    const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url');
    const signature = keys
      ? sign(null, Buffer.from(`vigo license 1\n${encoded}`), keys.privateKeyPem).toString('base64url')
      : document.signature;
    return JSON.stringify({ vigoLicense: 1, payload: encoded, signature });
  };
  const keyId = (pem: string) => {
    const body = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    return createHash('sha256').update(body).digest('hex').slice(0, 16);
  };

  const refusals: [string, () => string, string, RegExp][] = [
    ['an empty file', () => '', 'LICENSE_INVALID', /not a license file/],
    ['another text', () => 'hello', 'LICENSE_INVALID', /not a license file/],
    ['other JSON', () => '{"name":"x"}', 'LICENSE_INVALID', /no "vigoLicense"/],
    ['JSON that is no object', () => 'null', 'LICENSE_INVALID', /no "vigoLicense"/],
    ['a later format', () => '{"vigoLicense":2}', 'LICENSE_INVALID', /format is 2/],
    ['a file without signature', () => '{"vigoLicense":1,"payload":"e30"}', 'LICENSE_INVALID', /missing/],
    ['a file of 70 KB', () => ' '.repeat(70_000), 'LICENSE_INVALID', /longer than/],
    ['a reformatted file', () => JSON.stringify(document, undefined, 2), 'LICENSE_INVALID', /reformatted/],
    ['one more field', () => JSON.stringify({ ...document, x: 1 }), 'LICENSE_INVALID', /reformatted/],
    ['more envoys written in', () => withPayload({ envoys: 5000 }), 'LICENSE_SIGNATURE', /has been changed/],
    ['a later end written in', () => withPayload({ expiresAt: '2099-01-01' }), 'LICENSE_SIGNATURE', /has been changed/],
    [
      'an empty signature',
      () => JSON.stringify({ ...document, signature: '' }),
      'LICENSE_SIGNATURE',
      /has been changed/,
    ],
    [
      'the signature of another license',
      () => JSON.stringify({ ...document, signature: JSON.parse(issue()).signature }),
      'LICENSE_SIGNATURE',
      /has been changed/,
    ],
    [
      'a license of another vendor',
      () => issue({ privateKeyPem: stranger.privateKeyPem }),
      'LICENSE_SIGNATURE',
      new RegExp(
        `another vendor key, ${keyId(stranger.publicKeyPem)}; this program trusts ${keyId(vendor.publicKeyPem)}`,
      ),
    ],
    ['a genuine one of a later version', () => withPayload({ envoys: 'many' }, vendor), 'LICENSE_INVALID', /update/],
  ];
  for (const [what, make, code, message] of refusals) {
    it(`is refused for ${what}`, async () => {
      const error = await vigoErrorOf(() => check(make()));
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message);
    });
  }

  it('is refused on another machine, with this one’s fingerprint and how much of it matches', async () => {
    const mixed = [machine('hub').split('-').slice(0, 2), machine('other').split('-').slice(2)].flat().join('-');
    for (const [fingerprint, matching] of [
      [machine('other'), 0],
      [mixed, 1],
    ] as const) {
      const error = await vigoErrorOf(() => check(text, { fingerprint }));
      expect(error.code).to.equal('LICENSE_OTHER_MACHINE');
      expect(error.message).to.contain(fingerprint).and.to.contain(`${matching} of 3`).and.to.contain('vendor');
    }
  });

  it('is refused for its expiry before its machine, and for its signature before both', async () => {
    const both = { fingerprint: machine('other'), now: EXPIRES };
    expect((await vigoErrorOf(() => check(text, both))).code).to.equal('LICENSE_EXPIRED');
    const foreign = { ...both, publicKeyPem: stranger.publicKeyPem };
    expect((await vigoErrorOf(() => check(text, foreign))).code).to.equal('LICENSE_SIGNATURE');
  });

  const ecKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  const mistakes: [string, Partial<IssueLicenseOptions>, RegExp][] = [
    ['no envoys', { envoys: 0 }, /--envoys/],
    ['half an envoy', { envoys: 1.5 }, /--envoys/],
    ['not a number of envoys', { envoys: Number.NaN }, /--envoys/],
    ['a negative number of envoys', { envoys: -1 }, /--envoys/],
    ['no customer', { customer: ' ' }, /--customer/],
    ['a customer on two lines', { customer: 'a\nb' }, /--customer/],
    ['no tier', { tier: '' }, /--tier/],
    ['no expiry', { expires: '' }, /--expires/],
    ['a date in another order', { expires: '01/02/2030' }, /--expires/],
    ['a day that February lacks', { expires: '2030-02-30' }, /--expires.*not a date/],
    ['a thirteenth month', { expires: '2030-13-01' }, /--expires.*not a date/],
    ['an hour that days lack', { expires: '2030-01-01T25:00:00Z' }, /--expires.*not a date/],
    ['a time without zone', { expires: '2030-01-01T00:00:00' }, /--expires.*not a date/],
    ['a date in the past', { expires: '2029-05-31' }, /--expires.*not in the future/],
    ['this very moment', { expires: '2029-06-01' }, /--expires.*not in the future/],
    ['no fingerprint', { fingerprints: [] }, /--fingerprint.*at least one/],
    ['a cut-off fingerprint', { fingerprints: [machine('hub'), machine('spoke').slice(0, -1)] }, /--fingerprint/],
    ['a fingerprint of one part', { fingerprints: [`vf1-${'a'.repeat(16)}-0-0`] }, /--fingerprint/],
    ['too many fingerprints', { fingerprints: Array.from({ length: 501 }, (_, i) => machine(`${i}`)) }, /at most 500/],
    ['a key that is none', { privateKeyPem: 'hello' }, /--key/],
    ['the public key', { privateKeyPem: vendor.publicKeyPem }, /--key/],
    ['an EC key', { privateKeyPem: ecKey.export({ type: 'pkcs8', format: 'pem' }).toString() }, /--key.*Ed25519/],
  ];
  for (const [what, change, message] of mistakes) {
    it(`is not issued for ${what}`, async () => {
      const error = await vigoErrorOf(() => issue(change));
      expect(error.code).to.equal('INVALID_ARGUMENT');
      expect(error.message).to.match(message);
    });
  }

  it('is issued with the longest texts, most fingerprints and an exact time, and still read', () => {
    const fingerprints = Array.from({ length: 500 }, (_, i) => machine(`${i}`));
    const large = issue({
      customer: '株'.repeat(200),
      tier: 'x'.repeat(200),
      fingerprints,
      expires: '2030-01-01T12:30:00Z',
    });
    const license = check(large, { fingerprint: machine('499') });
    expect(license.expiresAt).to.equal(Date.UTC(2030, 0, 1, 12, 30));
    expect(license.fingerprints).to.have.length(500);
  });
});
