/** What the CA signs: read back with Node and tried in a real TLS handshake. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { type CertificateAuthority, type IssueRequest, openOrCreateCa } from '../../../src/pki/ca.ts';
import { type Identity, identityOfCertificate } from '../../../src/pki/identity.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../src/pki/keys.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { vigoErrorOf } from './errors.ts';
import { useTempDir } from './temp-dir.ts';

const DAY_MS = 86_400_000;
const UUID = '0f0e0d0c-0b0a-4908-8706-050403020100';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

describe('certificates from the fleet CA', () => {
  const dir = useTempDir();
  const now = systemClock.now();
  let ca: CertificateAuthority;
  beforeEach(async () => {
    ca = await openOrCreateCa({ dir: dir(), now });
  });

  const request = (identity: Identity, more: Partial<IssueRequest> = {}): IssueRequest => ({
    publicKeyDer: publicKeyDer(generatePrivateKeyPem()),
    identity,
    commonName: identity.kind,
    notBefore: now,
    notAfter: now + DAY_MS,
    ...more,
  });
  const hub = (): Identity => ({ kind: 'hub', trustDomain: ca.trustDomain });
  const envoy = (): Identity => ({ kind: 'envoy', id: UUID, trustDomain: ca.trustDomain });

  it('carry key, identity, names, purposes and a validity that begins 5 minutes early', async () => {
    const asked = request(hub(), {
      dnsNames: ['hub.example.com', 'localhost'],
      ipAddresses: ['127.0.0.1', '2001:db8::1'],
    });
    const leaf = new X509Certificate(await ca.issue(asked));
    expect(publicKeyDer(leaf)).to.deep.equal(asked.publicKeyDer);
    expect(identityOfCertificate(leaf)).to.deep.equal(hub());
    expect(leaf.subject).to.equal('CN=hub');
    expect(leaf.checkHost('hub.example.com', { subject: 'never' })).to.equal('hub.example.com');
    expect(leaf.checkIP('2001:db8:0::1')).to.equal('2001:db8:0::1');
    expect(leaf.keyUsage).to.deep.equal([SERVER_AUTH, CLIENT_AUTH]);
    expect(leaf.ca).to.equal(false);
    expect(leaf.validFromDate.getTime()).to.equal(Math.floor(now / 1000) * 1000 - 5 * 60_000);
    expect(leaf.validToDate.getTime()).to.equal(Math.floor((now + DAY_MS) / 1000) * 1000);
    expect(leaf.checkIssued(new X509Certificate(ca.certPem))).to.equal(true);
    expect(leaf.verify(new X509Certificate(ca.certPem).publicKey)).to.equal(true);
  });

  it('let an envoy be a client only', async () => {
    expect(new X509Certificate(await ca.issue(request(envoy()))).keyUsage).to.deep.equal([CLIENT_AUTH]);
  });

  it('have random positive serial numbers of 128 bits', async () => {
    const serials = await Promise.all(
      Array.from({ length: 8 }, async () => new X509Certificate(await ca.issue(request(envoy()))).serialNumber),
    );
    expect(new Set(serials).size).to.equal(8);
    for (const serial of serials) expect(serial).to.match(/^[0-9A-F]{26,32}$/);
  });

  it('carry a common name of 253 characters and names with special characters', async () => {
    for (const commonName of ['a'.repeat(253), '#0c', 'a, CN=hub']) {
      const leaf = new X509Certificate(await ca.issue(request(envoy(), { commonName })));
      expect(leaf.toLegacyObject().subject.CN).to.equal(commonName);
    }
  });

  it('end no later than the CA', async () => {
    const leaf = new X509Certificate(await ca.issue(request(hub(), { notAfter: now + 20 * 365 * DAY_MS })));
    expect(leaf.validToDate).to.deep.equal(new X509Certificate(ca.certPem).validToDate);
  });

  const refusals: [string, () => IssueRequest, string][] = [
    ['another fleet', () => request({ kind: 'hub', trustDomain: 'fleet-0' }), 'INVALID_ARGUMENT'],
    ['a key that is not P-256', () => request(hub(), { publicKeyDer: Buffer.alloc(91) }), 'INVALID_ARGUMENT'],
    ['a bad address', () => request(hub(), { ipAddresses: ['300.1.1.1'] }), 'INVALID_ARGUMENT'],
    ['a bad DNS name', () => request(hub(), { dnsNames: ['a, URI:x'] }), 'INVALID_ARGUMENT'],
    ['a bad id', () => request({ kind: 'spoke', id: '../hub', trustDomain: ca.trustDomain }), 'INVALID_ARGUMENT'],
    ['an end before the beginning', () => request(hub(), { notAfter: now - 1 }), 'INVALID_ARGUMENT'],
    [
      'a time when the CA has expired',
      () => request(hub(), { notBefore: now + 11 * 365 * DAY_MS, notAfter: now + 12 * 365 * DAY_MS }),
      'DATA_DIR_UNUSABLE',
    ],
  ];
  for (const [what, make, code] of refusals) {
    it(`are refused for ${what}`, async () => {
      expect((await vigoErrorOf(() => ca.issue(make()))).code).to.equal(code);
    });
  }

  it('make a mutual TLS connection between hub and envoy, and none for an envoy as server', async () => {
    const credentials = async (identity: Identity) => {
      const key = generatePrivateKeyPem();
      const names = { dnsNames: ['localhost'], publicKeyDer: publicKeyDer(key) };
      return { key, cert: await ca.issue(request(identity, names)), ca: ca.certPem };
    };
    const peerSeenBy = async (server: Identity, client: Identity): Promise<Identity | undefined> => {
      const listener = createServer({ ...(await credentials(server)), requestCert: true, rejectUnauthorized: true });
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      listener.on('tlsClientError', () => {});
      const socket = connect({
        ...(await credentials(client)),
        port: (listener.address() as AddressInfo).port,
        servername: 'localhost',
      });
      try {
        const accepted = once(listener, 'secureConnection') as Promise<[TLSSocket]>;
        const [[peer]] = await Promise.race([
          Promise.all([accepted, once(socket, 'secureConnect')]),
          once(socket, 'error').then(([error]) => Promise.reject(error)),
        ]);
        const certificate = peer.getPeerX509Certificate();
        return certificate && identityOfCertificate(certificate);
      } finally {
        socket.on('error', () => {});
        socket.destroy();
        listener.close();
      }
    };
    expect(await peerSeenBy(hub(), envoy())).to.deep.equal(envoy());
    const failure = await peerSeenBy(envoy(), hub()).catch((error: NodeJS.ErrnoException) => error.code);
    expect(failure).to.equal('INVALID_PURPOSE');
  });
});
