/** Certificate requests: honest ones are read, lies are found. */
import type { webcrypto } from 'node:crypto';
import type { Extension } from '@peculiar/x509';
import { expect } from 'chai';
import { createCsr, parseCsr } from '../../../src/pki/csr.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../src/pki/keys.ts';
import { loadX509, type X509Library } from '../../../src/pki/x509-library.ts';
import { vigoErrorOf } from './errors.ts';

const HOSTNAME = 'web1.dc1.example.com';

interface OddRequest {
  readonly name?: string;
  readonly algorithm?: webcrypto.EcKeyGenParams & { hash: string };
  readonly extensions?: (x509: X509Library) => Extension[];
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function oddCsr(request: OddRequest): Promise<Buffer> {
  const x509 = await loadX509();
  const algorithm = request.algorithm ?? P256;
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: request.name ?? `CN=${HOSTNAME}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: request.extensions?.(x509) ?? [],
  });
  return Buffer.from(csr.rawData);
}

describe('certificate requests', () => {
  it('carry key, common name and DNS names', async () => {
    const privateKeyPem = generatePrivateKeyPem();
    const der = await createCsr({ privateKeyPem, commonName: HOSTNAME, dnsNames: [HOSTNAME, 'other.example.com'] });
    expect(await parseCsr(der)).to.deep.equal({
      publicKeyDer: publicKeyDer(privateKeyPem),
      commonName: HOSTNAME,
      dnsNames: [HOSTNAME, 'other.example.com'],
    });
  });

  it('carry the longest host name, and names that have a meaning in the text form of subjects', async () => {
    const privateKeyPem = generatePrivateKeyPem();
    for (const commonName of [`${'a'.repeat(63)}.`.repeat(3) + 'b'.repeat(61), '#0c', 'a,CN=hub', 'a"b\\', 'dc1']) {
      const parsed = await parseCsr(await createCsr({ privateKeyPem, commonName }));
      expect(parsed.commonName).to.equal(commonName);
      expect(parsed.dnsNames).to.deep.equal([]);
    }
  });

  it('are read when signed with SHA-384', async () => {
    expect((await parseCsr(await oddCsr({ algorithm: { ...P256, hash: 'SHA-384' } }))).commonName).to.equal(HOSTNAME);
  });

  it('are refused when a single bit differs from what was signed', async () => {
    const der = await createCsr({ privateKeyPem: generatePrivateKeyPem(), commonName: HOSTNAME, dnsNames: [HOSTNAME] });
    for (let at = 0; at < der.length; at += 3) {
      const changed = Buffer.from(der);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const error = await vigoErrorOf(() => parseCsr(changed));
      expect(error.code, `byte ${at}`).to.equal('INVALID_CSR');
    }
  });

  const subjectKeySwapped = async (): Promise<Buffer> => {
    const commonName = HOSTNAME;
    const mine = generatePrivateKeyPem();
    const theirs = publicKeyDer(generatePrivateKeyPem());
    const der = await createCsr({ privateKeyPem: mine, commonName });
    der.set(theirs, der.indexOf(publicKeyDer(mine)));
    return der;
  };
  const honest = () => createCsr({ privateKeyPem: generatePrivateKeyPem(), commonName: HOSTNAME });
  const dns = (value: string) => ({ type: 'dns', value }) as const;

  const lies: [string, () => Promise<Buffer> | Buffer, RegExp][] = [
    ['an empty request', () => Buffer.alloc(0), /empty/],
    ['one of more than 16 KiB', () => Buffer.alloc(16 * 1024 + 1, 0x30), /16384/],
    ['garbage', () => Buffer.from('garbage'), /PKCS #10/],
    ['deeply nested garbage', () => Buffer.alloc(16 * 1024, Buffer.from('3080', 'hex')), /PKCS #10/],
    ['a truncated one', async () => (await honest()).subarray(0, -1), /PKCS #10/],
    ['bytes behind the end', async () => Buffer.concat([await honest(), Buffer.of(5, 0)]), /bytes follow|PKCS #10/],
    [
      'PEM in place of DER',
      async () =>
        Buffer.from(
          `-----BEGIN CERTIFICATE REQUEST-----\n${(await honest()).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`,
        ),
      /bytes follow|PKCS #10/,
    ],
    ["somebody else's public key", subjectKeySwapped, /signature does not belong/],
    ['a P-384 key', () => oddCsr({ algorithm: { ...P256, namedCurve: 'P-384' } }), /P-256/],
    ['a signature over SHA-1', () => oddCsr({ algorithm: { ...P256, hash: 'SHA-1' } }), /SHA-256/],
    ['no common name', () => oddCsr({ name: 'O=Example' }), /common name/],
    ['two common names', () => oddCsr({ name: `CN=${HOSTNAME}, CN=other` }), /common name/],
    ['a common name with a line end', () => oddCsr({ name: 'CN=web1\\0aevil' }), /ASCII/],
    ['a common name of 254 characters', () => oddCsr({ name: `CN=${'a'.repeat(254)}` }), /253/],
    [
      'a URI among its names',
      () =>
        oddCsr({
          extensions: (x509) => [
            new x509.SubjectAlternativeNameExtension([dns(HOSTNAME), { type: 'url', value: 'spiffe://fleet-1/hub' }]),
          ],
        }),
      /only DNS names/,
    ],
    [
      'two lists of names',
      () =>
        oddCsr({
          extensions: (x509) => [
            new x509.SubjectAlternativeNameExtension([dns(HOSTNAME)]),
            new x509.SubjectAlternativeNameExtension([dns('hub.example.com')]),
          ],
        }),
      /more than once/,
    ],
    [
      'a DNS name with a NUL',
      () => oddCsr({ extensions: (x509) => [new x509.SubjectAlternativeNameExtension([dns('a\0.example')])] }),
      /ASCII/,
    ],
  ];
  for (const [what, make, message] of lies) {
    it(`are refused with ${what}`, async () => {
      const der = await make();
      const error = await vigoErrorOf(() => parseCsr(der));
      expect(error.code).to.equal('INVALID_CSR');
      expect(error.message).to.match(message);
    });
  }
});
