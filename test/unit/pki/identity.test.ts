/** Identities in URIs and certificates. */
import { type webcrypto, X509Certificate } from 'node:crypto';
import type { JsonGeneralNames } from '@peculiar/x509';
import { expect } from 'chai';
import fc from 'fast-check';
import { formatIdentity, type Identity, identityOfCertificate, parseIdentity } from '../../../src/pki/identity.ts';
import { subjectAltNames } from '../../../src/pki/subject-alt-names.ts';
import { loadX509 } from '../../../src/pki/x509-library.ts';
import { vigoErrorOf } from './errors.ts';

const TRUST_DOMAIN = 'fleet-0123456789abcdef';
const UUID = '0f0e0d0c-0b0a-4908-8706-050403020100';

async function certificateWith(names: JsonGeneralNames | undefined): Promise<X509Certificate> {
  const x509 = await loadX509();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    keys,
    signingAlgorithm: algorithm,
    extensions: names ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  return new X509Certificate(Buffer.from(certificate.rawData));
}

describe('identity', () => {
  const identities: [Identity, string][] = [
    [{ kind: 'hub', trustDomain: TRUST_DOMAIN }, `spiffe://${TRUST_DOMAIN}/hub`],
    [{ kind: 'spoke', id: 'dc1', trustDomain: TRUST_DOMAIN }, `spiffe://${TRUST_DOMAIN}/spoke/dc1`],
    [{ kind: 'spoke', id: 'EU_west-1.a', trustDomain: TRUST_DOMAIN }, `spiffe://${TRUST_DOMAIN}/spoke/EU_west-1.a`],
    [{ kind: 'envoy', id: UUID, trustDomain: TRUST_DOMAIN }, `spiffe://${TRUST_DOMAIN}/envoy/${UUID}`],
  ];

  for (const [identity, uri] of identities) {
    it(`writes and reads ${uri}`, async () => {
      expect(formatIdentity(identity)).to.equal(uri);
      expect(parseIdentity(uri)).to.deep.equal(identity);
      const certificate = await certificateWith([
        { type: 'dns', value: 'a.example' },
        { type: 'url', value: uri },
        { type: 'ip', value: '::1' },
      ]);
      expect(identityOfCertificate(certificate)).to.deep.equal(identity);
    });
  }

  for (const uri of [
    '',
    'spiffe://',
    'spiffe:///hub',
    `spiffe://${TRUST_DOMAIN}`,
    `spiffe://${TRUST_DOMAIN}/`,
    `spiffe://${TRUST_DOMAIN}/hub/`,
    `spiffe://${TRUST_DOMAIN}/hub/x`,
    `spiffe://${TRUST_DOMAIN}/hub\n`,
    `spiffe://${TRUST_DOMAIN}/Hub`,
    `spiffe://${TRUST_DOMAIN}/spoke/`,
    `spiffe://${TRUST_DOMAIN}/spoke/..`,
    `spiffe://${TRUST_DOMAIN}/spoke/dc1/x`,
    `spiffe://${TRUST_DOMAIN}/spoke/dc1?x`,
    `spiffe://${TRUST_DOMAIN}/spoke/${'a'.repeat(64)}`,
    `spiffe://${TRUST_DOMAIN}/envoy/web1`,
    `spiffe://${TRUST_DOMAIN}/envoy/${UUID.toUpperCase()}`,
    `spiffe://${TRUST_DOMAIN}/envoy/${'-'.repeat(36)}`,
    `spiffe://user@${TRUST_DOMAIN}/hub`,
    `spiffe://${TRUST_DOMAIN}:1/hub`,
    `SPIFFE://${TRUST_DOMAIN}/hub`,
    `https://${TRUST_DOMAIN}/hub`,
    ` spiffe://${TRUST_DOMAIN}/hub`,
  ]) {
    it(`does not read ${JSON.stringify(uri)}`, () => {
      expect(parseIdentity(uri)).to.equal(undefined);
    });
  }

  it('does not write an id that would read as something else', async () => {
    for (const id of ['', '..', 'a/b', 'a b', 'dc1/../../hub']) {
      const error = await vigoErrorOf(() => formatIdentity({ kind: 'spoke', id, trustDomain: TRUST_DOMAIN }));
      expect(error.code).to.equal('INVALID_ARGUMENT');
    }
  });

  it('is none for a certificate without names, without a URI, or with two URIs', async () => {
    const hub = { type: 'url', value: `spiffe://${TRUST_DOMAIN}/hub` } as const;
    const spoke = { type: 'url', value: `spiffe://${TRUST_DOMAIN}/spoke/dc1` } as const;
    expect(identityOfCertificate(await certificateWith(undefined))).to.equal(undefined);
    expect(identityOfCertificate(await certificateWith([{ type: 'dns', value: 'a.example' }]))).to.equal(undefined);
    expect(identityOfCertificate(await certificateWith([hub, spoke]))).to.equal(undefined);
    expect(identityOfCertificate(await certificateWith([hub, hub]))).to.equal(undefined);
    const other = { type: 'url', value: 'https://a.example/' } as const;
    expect(identityOfCertificate(await certificateWith([spoke, other]))).to.equal(undefined);
  });

  it('is not taken from a DNS name, mail address or path that spells a URI', async () => {
    const trick = `x, URI:spiffe://${TRUST_DOMAIN}/hub`;
    const quoted = `x", URI:spiffe://${TRUST_DOMAIN}/hub, DNS:"`;
    for (const value of [trick, quoted, `${trick}\0`, `URI:spiffe://${TRUST_DOMAIN}/hub`]) {
      for (const type of ['dns', 'email', 'url'] as const) {
        expect(identityOfCertificate(await certificateWith([{ type, value }])), `${type} ${value}`).to.equal(undefined);
      }
    }
    const spoke = { type: 'url', value: `spiffe://${TRUST_DOMAIN}/spoke/dc1` } as const;
    const certificate = await certificateWith([{ type: 'dns', value: trick }, spoke]);
    expect(identityOfCertificate(certificate)).to.deep.equal({ kind: 'spoke', id: 'dc1', trustDomain: TRUST_DOMAIN });
  });

  it('never throws on any text of alternative names', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        subjectAltNames(text);
        subjectAltNames(`URI:${text}`);
      }),
      { numRuns: 200 },
    );
    expect(subjectAltNames('URI:a"b')).to.equal(undefined);
    expect(subjectAltNames('DNS:a,URI:b')).to.equal(undefined);
    expect(subjectAltNames(undefined)).to.deep.equal([]);
  });
});
