/** One CA takes over from another, on disk: at every moment there is one that signs, and a kill is completed or as if it had not begun. */
import { X509Certificate } from 'node:crypto';
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCa, openOrCreateCa } from '../../../src/pki/ca.ts';
import { caOriginKey } from '../../../src/pki/ca-origin.ts';
import { beginCaRotation, finishCaRotation } from '../../../src/pki/ca-rotation.ts';
import type { CertificateAuthority } from '../../../src/pki/certificate-authority.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../src/pki/keys.ts';
import { certificatesOf, isIssuedByOneOf, trustTag } from '../../../src/pki/trust-bundle.ts';
import { vigoErrorOf } from './errors.ts';
import { useTempDir } from './temp-dir.ts';

const NOW = Date.UTC(2030, 5, 1, 12);

describe('the rotation of the CA', () => {
  const temp = useTempDir();
  const dir = () => join(temp(), 'tls');
  let before: CertificateAuthority;
  beforeEach(async () => {
    before = await openOrCreateCa({ dir: dir(), now: NOW });
  });
  const open = async () => (await openCa({ dir: dir() })) as CertificateAuthority;
  const begin = async () => {
    await beginCaRotation(dir(), await open(), NOW);
    return open();
  };
  const issue = (ca: CertificateAuthority) =>
    ca.issue({
      publicKeyDer: publicKeyDer(generatePrivateKeyPem()),
      identity: { kind: 'hub', trustDomain: before.trustDomain },
      commonName: 'hub',
      notBefore: NOW,
      notAfter: NOW + 3_600_000,
    });

  it('makes a new CA of the same trust domain, and keeps the certificate of the one before', async () => {
    const after = await begin();
    expect(after.digest).to.not.equal(before.digest);
    expect(after.trustDomain).to.equal(before.trustDomain);
    expect(after.former?.digest).to.equal(before.digest);
    expect(certificatesOf(after.trustPem).map(({ raw }) => raw)).to.deep.equal([after.certDer, before.certDer]);
    expect(after.trustTag).to.equal(trustTag(after.trustPem));
    expect(after.trustTag).to.not.equal(before.trustTag);
  });

  it('issues what is good for who trusts the CA before alone', async () => {
    const [leaf, cross, ...more] = certificatesOf(await issue(await begin()));
    expect(more).to.deep.equal([]);
    expect(leaf && cross && leaf.checkIssued(cross) && leaf.verify(cross.publicKey)).to.equal(true);
    expect(cross && isIssuedByOneOf(cross, certificatesOf(before.certPem))).to.equal(true);
    expect(leaf && isIssuedByOneOf(leaf, certificatesOf(before.certPem))).to.equal(false);
  });

  it('leaves nothing of the key before', async () => {
    const key = await readFile(join(dir(), 'ca.key'), 'utf8');
    await begin();
    for (const name of await readdir(dir())) expect(await readFile(join(dir(), name), 'utf8'), name).to.not.equal(key);
  });

  it('does not begin anew before it is finished', async () => {
    const after = await begin();
    expect((await vigoErrorOf(() => beginCaRotation(dir(), after, NOW))).code).to.equal('ROTATION_RUNNING');
  });

  it('ends with the new CA alone, and may be followed by another', async () => {
    const after = await begin();
    await finishCaRotation(dir());
    await finishCaRotation(dir());
    const alone = await open();
    expect([alone.digest, alone.former, alone.trustPem]).to.deep.equal([after.digest, undefined, alone.certPem]);
    expect(certificatesOf(await issue(alone))).to.have.length(1);
    const third = await begin();
    expect(third.former?.digest).to.equal(after.digest);
    expect(third.trustDomain).to.equal(before.trustDomain);
  });

  it('leaves the key by which licenses know the fleet', async () => {
    await begin();
    await finishCaRotation(dir());
    const { certPem } = await begin();
    expect(caOriginKey(dir(), certPem)?.equals(before.publicKeyDer)).to.equal(true);
  });

  /** The directory as a kill between two of the steps leaves it. */
  const killed = async (undo: (file: (name: string) => string) => Promise<void>): Promise<void> => {
    await cp(dir(), join(temp(), 'old'), { recursive: true });
    await begin();
    await undo((name) => join(dir(), name));
  };
  const old = (name: string) => join(temp(), 'old', name);

  it('is as if it had not begun when it was killed before the switch, and can be begun again', async () => {
    await killed(async (file) => {
      await rename(file('ca.key'), file('ca-next.key'));
      await rename(file('ca.pem'), file('ca-next.pem'));
      await cp(old('ca.key'), file('ca.key'));
      await cp(old('ca.pem'), file('ca.pem'));
    });
    const ca = await open();
    expect([ca.digest, ca.former]).to.deep.equal([before.digest, undefined]);
    expect((await begin()).former?.digest).to.equal(before.digest);
  });

  it('is completed by whoever opens it when it was killed in the middle of the switch', async () => {
    await killed(async (file) => {
      await rename(file('ca.pem'), file('ca-next.pem'));
      await cp(old('ca.pem'), file('ca.pem'));
    });
    const [ca, other] = await Promise.all([open(), open()]);
    expect(ca.former?.digest).to.equal(before.digest);
    expect(other.digest).to.equal(ca.digest);
    expect(await readdir(dir())).to.not.include('ca-next.pem');
  });

  it('is finished when it was killed in the middle of its end', async () => {
    const after = await begin();
    await rm(join(dir(), 'ca-former.pem'));
    const ca = await open();
    expect([ca.digest, ca.former]).to.deep.equal([after.digest, undefined]);
    expect((await begin()).former?.digest).to.equal(after.digest);
  });

  it('says which file does not belong to the others', async () => {
    await begin();
    const other = await openOrCreateCa({ dir: join(temp(), 'other'), now: NOW });
    await cp(join(temp(), 'other', 'ca.pem'), join(dir(), 'ca-former.pem'));
    expect(new X509Certificate(other.certPem).ca).to.equal(true);
    const error = await vigoErrorOf(open);
    expect(error.code).to.equal('DATA_DIR_UNUSABLE');
    expect(error.message).to.contain('ca-cross.pem');
  });
});
