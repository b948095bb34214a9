/** The certificate of a spoke, which its hub replaces: what is taken, what is refused, and what is on disk then. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { VigoError } from '../../../src/fleet/errors.ts';
import { openCa, openOrCreateCa } from '../../../src/pki/ca.ts';
import { caOriginKey } from '../../../src/pki/ca-origin.ts';
import { beginCaRotation } from '../../../src/pki/ca-rotation.ts';
import type { CertificateAuthority } from '../../../src/pki/certificate-authority.ts';
import { parseCsr } from '../../../src/pki/csr.ts';
import type { Identity } from '../../../src/pki/identity.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../src/pki/keys.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { SpokeIdentity } from '../../../src/server/spoke/join.ts';
import { createOwnCertificate, type OwnCertificate } from '../../../src/server/spoke/own-certificate.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { useTempDir } from '../pki/temp-dir.ts';

const HOUR_MS = 3_600_000;

describe('the certificate of a spoke', () => {
  const temp = useTempDir();
  const clock = createFakeClock();
  let before: CertificateAuthority;
  let after: CertificateAuthority;
  let identity: SpokeIdentity;
  let own: OwnCertificate;
  let changes: SpokeIdentity[];

  const spoke = (id = 'dc1'): Identity => ({ kind: 'spoke', id, trustDomain: before.trustDomain });
  const issue = (ca: CertificateAuthority, who: Identity, keyPem: string, lifeMs = HOUR_MS): Promise<string> =>
    ca.issue({
      publicKeyDer: publicKeyDer(keyPem),
      identity: who,
      commonName: 'dc1',
      notBefore: clock.now(),
      notAfter: clock.now() + lifeMs,
    });

  beforeEach(async () => {
    const caDir = join(temp(), 'ca');
    before = await openOrCreateCa({ dir: caDir, now: clock.now() });
    const keyPem = generatePrivateKeyPem();
    identity = { keyPem, certPem: await issue(before, spoke(), keyPem), caPem: before.certPem };
    await beginCaRotation(caDir, before, clock.now());
    after = (await openCa({ dir: caDir })) as CertificateAuthority;
    await writeFile(join(temp(), 'spoke.pem'), identity.certPem);
    await writeFile(join(temp(), 'ca.pem'), identity.caPem);
    own = createOwnCertificate({
      dir: temp(),
      spokeId: 'dc1',
      identity,
      sans: ['spoke1.example.com'],
      clock,
      logger: silentLogger,
    });
    changes = [];
    own.onChange((changed) => changes.push(changed));
  });
  const onDisk = () => Promise.all(['spoke.pem', 'ca.pem'].map((name) => readFile(join(temp(), name), 'utf8')));

  it('is described to the hub: of which CA, until when, whom the spoke trusts', () => {
    const { issuedAtMs, endsAtMs, caSha256, trustTag } = own.describe();
    expect([issuedAtMs, endsAtMs]).to.deep.equal([clock.now(), clock.now() + HOUR_MS]);
    expect(Buffer.from(caSha256 ?? []).toString('hex')).to.equal(before.digest);
    expect(trustTag).to.equal(before.trustTag);
  });

  it('is asked for with the key that the spoke has', async () => {
    const { csr, sans } = await own.request();
    const { publicKeyDer: key, commonName } = await parseCsr(csr);
    expect([commonName, sans]).to.deep.equal(['dc1', ['spoke1.example.com']]);
    expect(key.equals(publicKeyDer(identity.keyPem))).to.equal(true);
  });

  it('is replaced, with the CAs to trust: on disk and in use; the first CA stays known', async () => {
    const certificatePem = await issue(after, spoke(), identity.keyPem);
    await own.install({ certificatePem, caPem: after.trustPem });
    expect(await onDisk()).to.deep.equal([certificatePem, after.trustPem]);
    expect(changes).to.deep.equal([{ certPem: certificatePem, keyPem: identity.keyPem, caPem: after.trustPem }]);
    expect(own.trustTag()).to.equal(after.trustTag);
    expect(Buffer.from(own.describe().caSha256 ?? []).toString('hex')).to.equal(after.digest);
    expect(caOriginKey(temp(), after.trustPem)?.equals(before.publicKeyDer)).to.equal(true);
    // The same once more changes nothing.
    await own.install({ certificatePem, caPem: after.trustPem });
    expect(changes).to.have.length(1);
  });

  type Refusal = [what: string, code: string, answer: () => Promise<{ certificatePem: string; caPem: string }>];
  const good = async () => ({ certificatePem: await issue(after, spoke(), identity.keyPem), caPem: after.trustPem });
  const refusals: Refusal[] = [
    [
      'of another spoke',
      'INVALID_ARGUMENT',
      async () => ({ ...(await good()), certificatePem: await issue(after, spoke('dc2'), identity.keyPem) }),
    ],
    [
      'of a hub',
      'INVALID_ARGUMENT',
      async () => ({
        ...(await good()),
        certificatePem: await issue(after, { kind: 'hub', trustDomain: before.trustDomain }, identity.keyPem),
      }),
    ],
    [
      'for another key',
      'INVALID_ARGUMENT',
      async () => ({ ...(await good()), certificatePem: await issue(after, spoke(), generatePrivateKeyPem()) }),
    ],
    ['of a CA that it is not to trust', 'CA_MISMATCH', async () => ({ ...(await good()), caPem: before.certPem })],
    ['without a CA', 'INVALID_ARGUMENT', async () => ({ ...(await good()), caPem: '' })],
    ['that is none', 'INVALID_ARGUMENT', async () => ({ ...(await good()), certificatePem: 'nothing' })],
  ];
  for (const [what, code, answer] of refusals) {
    it(`stays as it is if it is given one ${what}`, async () => {
      const error = await own.install(await answer()).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(VigoError).with.property('code', code);
      expect(await onDisk()).to.deep.equal([identity.certPem, identity.caPem]);
      expect(changes).to.deep.equal([]);
      expect(own.current()).to.equal(identity);
    });
  }

  it('is read anew from disk, if key and certificate fit', async () => {
    const { certificatePem } = await good();
    own.use({ ...identity, certPem: certificatePem, caPem: after.trustPem });
    expect(changes).to.have.length(1);
    expect(() => own.use({ ...identity, keyPem: generatePrivateKeyPem() })).to.throw(VigoError, 'cannot be used');
    expect(own.current().certPem).to.equal(certificatePem);
  });
});
