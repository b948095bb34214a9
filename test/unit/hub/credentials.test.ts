import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { createCsr } from '../../../src/pki/csr.ts';
import { identityOfCertificate } from '../../../src/pki/identity.ts';
import { generatePrivateKeyPem } from '../../../src/pki/keys.ts';
import { parsePinnedToken } from '../../../src/pki/pinned-token.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { useFleet } from '../../support/use-fleet.ts';

describe('enrolment tokens', () => {
  const newFleet = useFleet();

  it('are shown once, kept as hashes, and listed with what is left of them', async () => {
    const fleet = await newFleet();
    const { admin } = fleet.hub;
    const { token, id } = await admin.createEnrollmentToken({ uses: 3, ttlSeconds: 60, comment: 'rack 7' });
    expect(parsePinnedToken('enroll', token).hubUrl).to.equal('https://hub.test:8443');
    expect(JSON.stringify(fleet.records.tokens())).not.to.contain(token);
    await fleet.enroll('web1.dc1.example.com', { token });
    const listed = (await admin.listEnrollmentTokens({})).tokens.find((each) => each.id === id);
    expect(listed).to.include({
      id,
      uses: 3,
      usesLeft: 2,
      comment: 'rack 7',
      createdBy: 'tester',
    });
    expect(listed?.revokedAt).to.equal(undefined);
    const revoked = (await admin.revokeEnrollmentToken({ id })).token;
    expect(revoked?.revokedAt).not.to.equal(undefined);
    expect(await codeOf(admin.revokeEnrollmentToken({ id: 'nope' }))).to.equal('TOKEN_NOT_FOUND');
  });

  it('have limits', async () => {
    const { admin } = (await newFleet()).hub;
    expect(await codeOf(admin.createEnrollmentToken({ uses: 1_000_001 }))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(admin.createEnrollmentToken({ ttlSeconds: 366 * 24 * 3600 }))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(admin.createEnrollmentToken({ comment: 'x'.repeat(501) }))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(admin.createJoinToken({ spokeId: 'dc1', ttlSeconds: 8 * 24 * 3600 }))).to.equal(
      'INVALID_ARGUMENT',
    );
    expect(await codeOf(admin.createJoinToken({ spokeId: 'dc9' }))).to.equal('SPOKE_NOT_FOUND');
  });
});

describe('a spoke that joins', () => {
  const newFleet = useFleet();

  it('gets the certificate of its id, for the first key that shows the token', async () => {
    const fleet = await newFleet();
    const { token } = await fleet.hub.admin.createJoinToken({ spokeId: 'dc1' });
    const join = async (keyPem: string, more: { spokeId?: string; commonName?: string; sans?: string[] } = {}) => {
      const csr = await createCsr({ privateKeyPem: keyPem, commonName: more.commonName ?? 'dc1' });
      const sans = more.sans ?? ['spoke1.example.com', '10.0.0.7', '::1'];
      return fleet.hub.enrollment.joinSpoke({ token, spokeId: more.spokeId ?? 'dc1', csr, sans });
    };
    const key = generatePrivateKeyPem();
    expect(await codeOf(join(key, { spokeId: 'dc2' }))).to.equal('INVALID_CSR');
    expect(await codeOf(join(key, { spokeId: 'dc2', commonName: 'dc2' }))).to.equal('TOKEN_INVALID');
    expect(await codeOf(join(key, { sans: Array(21).fill('a') }))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(join(key, { sans: ['not a name'] }))).to.equal('INVALID_HOSTNAME');
    const certificate = new X509Certificate((await join(key)).certificatePem);
    expect(identityOfCertificate(certificate)).to.include({ kind: 'spoke', id: 'dc1' });
    expect(certificate.checkHost('spoke1.example.com')).to.equal('spoke1.example.com');
    expect(certificate.checkIP('10.0.0.7')).to.equal('10.0.0.7');
    await join(key);
    expect(await codeOf(join(generatePrivateKeyPem()))).to.equal('TOKEN_EXHAUSTED');
    await fleet.clock.advance(3_600_000);
    expect(await codeOf(join(key))).to.equal('TOKEN_EXPIRED');
  });
});
