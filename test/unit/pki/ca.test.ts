/** The fleet's CA: made once, whole or completed, never replaced. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, type webcrypto, X509Certificate } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { describeCa, openCa, openOrCreateCa } from '../../../src/pki/ca.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../src/pki/keys.ts';
import { loadX509 } from '../../../src/pki/x509-library.ts';
import { vigoErrorOf } from './errors.ts';
import { useTempDir } from './temp-dir.ts';

const NOW = Date.UTC(2030, 5, 1, 12);
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

describe('fleet CA', () => {
  const temp = useTempDir();
  const dir = () => join(temp(), 'tls');
  const create = (now = NOW) => openOrCreateCa({ dir: dir(), now });

  it('is made on first use, with private files, and found again', async () => {
    expect(await openCa({ dir: dir() })).to.equal(undefined);
    const made = await create();
    expect((await readdir(dir())).sort()).to.deep.equal(['ca.key', 'ca.pem']);
    expect((await stat(dir())).mode & 0o777).to.equal(0o700);
    expect((await stat(join(dir(), 'ca.key'))).mode & 0o777).to.equal(0o600);
    expect((await openCa({ dir: dir() }))?.digest).to.equal(made.digest);
    expect((await create(NOW + 1e9)).certPem).to.equal(made.certPem);
  });

  it('is a self-signed CA for ten years that names the trust domain of its key', async () => {
    const ca = await create();
    const certificate = new X509Certificate(ca.certPem);
    expect(certificate.ca).to.equal(true);
    expect(certificate.verify(certificate.publicKey)).to.equal(true);
    expect(certificate.subjectAltName).to.equal(`URI:spiffe://${ca.trustDomain}`);
    expect(ca.trustDomain).to.match(/^fleet-[0-9a-f]{16}$/);
    expect(certificate.validFromDate.getTime()).to.equal(NOW - 5 * 60_000);
    expect(certificate.validToDate.getUTCFullYear()).to.be.within(2039, 2040);
    expect(ca.certDer).to.deep.equal(certificate.raw);
    expect(ca.digest).to.equal(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
    const { digest, trustDomain, publicKeyDer: spki } = ca;
    expect(describeCa(ca.certPem)).to.deep.equal({ digest, trustDomain, publicKeyDer: spki });
    expect((await vigoErrorOf(() => describeCa('no certificate'))).code).to.equal('INVALID_ARGUMENT');
  });

  it('completes a key without a certificate, and keeps the key', async () => {
    const before = await create();
    const key = await readFile(join(dir(), 'ca.key'), 'utf8');
    await rm(join(dir(), 'ca.pem'));
    expect(await openCa({ dir: dir() })).to.equal(undefined);
    const after = await create();
    expect(await readFile(join(dir(), 'ca.key'), 'utf8')).to.equal(key);
    expect(after.trustDomain).to.equal(before.trustDomain);
  });

  it('does not mind what a crash left half-written beside it', async () => {
    await mkdir(dir(), { recursive: true });
    await writeFile(join(dir(), 'ca.key.0.tmp'), '-----BEGIN PRIV');
    await writeFile(join(dir(), 'ca.pem.0.tmp'), '');
    expect(await openCa({ dir: dir() })).to.equal(undefined);
    expect((await create()).digest).to.match(/^[0-9a-f]{64}$/);
  });

  it('refuses a certificate without its key and makes no other', async () => {
    await create();
    await rm(join(dir(), 'ca.key'));
    for (const open of [() => openCa({ dir: dir() }), () => create()]) {
      const error = await vigoErrorOf(open);
      expect(error.code).to.equal('DATA_DIR_UNUSABLE');
      expect(error.message).to.contain(join(dir(), 'ca.key'));
    }
    expect(await readdir(dir())).to.deep.equal(['ca.pem']);
  });

  it('is the same for all that start at once', async () => {
    const cas = await Promise.all(Array.from({ length: 6 }, (_, i) => create(NOW + i * 1000)));
    expect(new Set(cas.map((ca) => ca.digest))).to.have.property('size', 1);
    expect((await readdir(dir())).sort()).to.deep.equal(['ca.key', 'ca.pem']);
  });

  it('is the same for two processes that start at once', async () => {
    const module = new URL('../../../src/pki/ca.ts', import.meta.url).href;
    const script = `const { openOrCreateCa } = await import(${JSON.stringify(module)});
      const ca = await openOrCreateCa({ dir: process.argv[1], now: ${NOW} });
      process.stdout.write(ca.digest);`;
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, dir()]);
    const [one, two] = await Promise.all([start(), start()]);
    expect(one.stdout).to.match(/^[0-9a-f]{64}$/);
    expect(two.stdout).to.equal(one.stdout);
  }).timeout(20_000);

  describe('from files of one’s own', () => {
    const files = () => ({ certFile: join(temp(), 'own.pem'), keyFile: join(temp(), 'own.key') });

    async function ownCa(options: { ca?: boolean; selfSigned?: boolean; keyId?: string } = {}): Promise<void> {
      const x509 = await loadX509();
      const generate = async () =>
        (await crypto.subtle.generateKey(P256, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
      const [keys, other] = [await generate(), await generate()];
      const certificate = await x509.X509CertificateGenerator.create({
        subject: 'CN=Example Root, O=Example',
        issuer: 'CN=Example Root, O=Example',
        notBefore: new Date(NOW),
        notAfter: new Date(NOW + 1e9),
        publicKey: keys.publicKey,
        signingKey: options.selfSigned === false ? other.privateKey : keys.privateKey,
        signingAlgorithm: P256,
        extensions: [
          new x509.BasicConstraintsExtension(options.ca ?? true, undefined, true),
          ...(options.keyId ? [new x509.SubjectKeyIdentifierExtension(options.keyId)] : []),
        ],
      });
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
      await writeFile(files().certFile, certificate.toString('pem'));
      await writeFile(files().keyFile, `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`);
    }

    for (const keyId of [undefined, '0102030405']) {
      it(`works with ${keyId ? 'a key id of its own making' : 'no key id and no SPIFFE name'}`, async () => {
        await ownCa(keyId ? { keyId } : {});
        const ca = await openCa(files());
        expect(ca.trustDomain).to.equal(describeCa(ca.certPem).trustDomain);
        const leaf = await ca.issue({
          publicKeyDer: publicKeyDer(generatePrivateKeyPem()),
          identity: { kind: 'hub', trustDomain: ca.trustDomain },
          commonName: 'hub',
          notBefore: NOW,
          notAfter: NOW + 1e12,
        });
        const root = new X509Certificate(ca.certPem);
        expect(new X509Certificate(leaf).checkIssued(root)).to.equal(true);
        expect(new X509Certificate(leaf).verify(root.publicKey)).to.equal(true);
      });
    }

    const broken: [string, () => Promise<void>, 'certFile' | 'keyFile', RegExp][] = [
      ['a missing certificate', () => rm(files().certFile), 'certFile', /does not exist/],
      ['a missing key', () => rm(files().keyFile), 'keyFile', /does not exist/],
      [
        'a directory as certificate',
        () => rm(files().certFile).then(() => mkdir(files().certFile)),
        'certFile',
        /cannot read/,
      ],
      ['a certificate that is none', () => writeFile(files().certFile, 'hello'), 'certFile', /0 certificates/],
      [
        'a damaged certificate',
        () => writeFile(files().certFile, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
        'certFile',
        /not a certificate/,
      ],
      [
        'two certificates in one file',
        async () => writeFile(files().certFile, (await readFile(files().certFile, 'utf8')).repeat(2)),
        'certFile',
        /2 certificates/,
      ],
      ['a huge file', () => writeFile(files().certFile, Buffer.alloc(70_000)), 'certFile', /larger than/],
      ['a key that is none', () => writeFile(files().keyFile, 'hello'), 'keyFile', /private key/],
      [
        'an encrypted key',
        () => {
          const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret', type: 'pkcs8', format: 'pem' } as const;
          const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
          return writeFile(files().keyFile, privateKey.export(cipher));
        },
        'keyFile',
        /unencrypted/,
      ],
      [
        'an Ed25519 key',
        () =>
          writeFile(
            files().keyFile,
            generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
          ),
        'keyFile',
        /P-256/,
      ],
      [
        "another certificate's key",
        () => writeFile(files().keyFile, generatePrivateKeyPem()),
        'keyFile',
        /not the key of/,
      ],
      ['a certificate that is no CA', () => ownCa({ ca: false }), 'certFile', /not a CA/],
      ['an intermediate', () => ownCa({ selfSigned: false }), 'certFile', /self-signed/],
    ];
    for (const [what, spoil, file, message] of broken) {
      it(`names the file for ${what}`, async () => {
        await ownCa();
        await spoil();
        const error = await vigoErrorOf(() => openCa(files()));
        expect(error.code).to.equal('DATA_DIR_UNUSABLE');
        expect(error.message).to.contain(files()[file]);
        expect(error.message).to.match(message);
      });
    }
  });

  it('names the directory when it cannot be made', async () => {
    await cp(new URL(import.meta.url), join(temp(), 'file'));
    const error = await vigoErrorOf(() => openOrCreateCa({ dir: join(temp(), 'file', 'tls'), now: NOW }));
    expect(error.code).to.equal('DATA_DIR_UNUSABLE');
    expect(error.message).to.contain(join(temp(), 'file', 'tls'));
  });
});
