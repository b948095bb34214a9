/** A server's own certificate: kept while good, issued anew otherwise, always with the same key. */
import { X509Certificate } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CertificateAuthority, openOrCreateCa } from '../../../src/pki/ca.ts';
import { YEAR_MS } from '../../../src/pki/certificates.ts';
import { identityOfCertificate } from '../../../src/pki/identity.ts';
import { generatePrivateKeyPem } from '../../../src/pki/keys.ts';
import { openOrIssueLeaf, type ServerIdentityOptions } from '../../../src/pki/server-identity.ts';
import { vigoErrorOf } from './errors.ts';
import { useTempDir } from './temp-dir.ts';

const NOW = Date.UTC(2030, 5, 1, 12);
const DAY_MS = 86_400_000;

describe('server certificate', () => {
  const temp = useTempDir();
  const dir = () => join(temp(), 'tls');
  let ca: CertificateAuthority;
  beforeEach(async () => {
    ca = await openOrCreateCa({ dir: join(temp(), 'ca'), now: NOW });
  });

  const open = (more: Partial<ServerIdentityOptions> = {}) =>
    openOrIssueLeaf({
      dir: dir(),
      name: 'hub',
      ca,
      identity: { kind: 'hub', trustDomain: ca.trustDomain },
      commonName: 'hub.example.com',
      dnsNames: ['hub.example.com', 'localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
      now: NOW,
      lifeMs: YEAR_MS,
      ...more,
    });

  it('is issued on first use for a year, its key for the owner only', async () => {
    const { certPem, keyPem } = await open();
    const certificate = new X509Certificate(certPem);
    expect(identityOfCertificate(certificate)).to.deep.equal({ kind: 'hub', trustDomain: ca.trustDomain });
    expect(certificate.validToDate.getTime()).to.equal(NOW + 365 * DAY_MS);
    expect((await readdir(dir())).sort()).to.deep.equal(['hub.key', 'hub.pem']);
    expect((await stat(join(dir(), 'hub.key'))).mode & 0o777).to.equal(0o600);
    expect(await readFile(join(dir(), 'hub.key'), 'utf8')).to.equal(keyPem);
  });

  const keeps: [string, Partial<ServerIdentityOptions>][] = [
    ['nothing changed', {}],
    ['fewer names are asked for', { dnsNames: ['localhost'], ipAddresses: [] }],
    ['an address is spelled otherwise', { ipAddresses: ['0:0::1'] }],
    ['more than a third of its life is left', { now: NOW + 240 * DAY_MS }],
  ];
  for (const [when, change] of keeps) {
    it(`is kept when ${when}`, async () => {
      expect(await open(change)).to.deep.equal(await open(change));
      const before = await open();
      expect(await open(change)).to.deep.equal(before);
    });
  }

  const renews: [string, () => Promise<Partial<ServerIdentityOptions>>][] = [
    ['a DNS name is missing', async () => ({ dnsNames: ['new.example.com'] })],
    ['an address is missing', async () => ({ ipAddresses: ['10.0.0.1'] })],
    ['a third of its life is left', async () => ({ now: NOW + 250 * DAY_MS })],
    ['it has expired', async () => ({ now: NOW + 400 * DAY_MS })],
    ['its time has not come', async () => ({ now: NOW - DAY_MS })],
    ['the identity changed', async () => ({ identity: { kind: 'spoke', id: 'dc1', trustDomain: ca.trustDomain } })],
    ['the file is damaged', async () => writeFile(join(dir(), 'hub.pem'), 'half a certif').then(() => ({}))],
    [
      'the key was exchanged',
      async () => writeFile(join(dir(), 'hub.key'), generatePrivateKeyPem(), { mode: 0o600 }).then(() => ({})),
    ],
    [
      'it is from another CA',
      async () => {
        const other = await openOrCreateCa({ dir: join(temp(), 'other'), now: NOW });
        return { ca: other, identity: { kind: 'hub', trustDomain: other.trustDomain } };
      },
    ],
  ];
  for (const [when, change] of renews) {
    it(`is issued anew, for the key that is there, when ${when}`, async () => {
      const before = await open();
      const options = await change();
      const keyBefore = await readFile(join(dir(), 'hub.key'), 'utf8');
      const after = await open(options);
      expect(after.certPem).not.to.equal(before.certPem);
      expect(after.keyPem).to.equal(keyBefore);
      expect(await readFile(join(dir(), 'hub.pem'), 'utf8')).to.equal(after.certPem);
      expect(await open(options)).to.deep.equal(after);
    });
  }

  it('is not issued over a key file that cannot be read', async () => {
    await open();
    await writeFile(join(dir(), 'hub.key'), 'damaged');
    const error = await vigoErrorOf(() => open());
    expect(error.code).to.equal('DATA_DIR_UNUSABLE');
    expect(error.message).to.contain(join(dir(), 'hub.key'));
  });
});
