/** An agent's certificate while the agent runs: renewed, stored, used and confirmed, whatever goes wrong on the way. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import type { AgentEndpoint } from '../../../../src/agent/endpoint.ts';
import { isConfirmed } from '../../../../src/agent/identity/confirmed.ts';
import { createIdentityKeeper } from '../../../../src/agent/identity/identity-keeper.ts';
import { type AgentIdentity, loadEnrolled } from '../../../../src/agent/state.ts';
import type { StateDir } from '../../../../src/agent/state-dir.ts';
import { VigoError } from '../../../../src/fleet/errors.ts';
import { RenewCertificateResponseSchema } from '../../../../src/gen/vigo/v1/hub_pb.js';
import { openCa } from '../../../../src/pki/ca.ts';
import { beginCaRotation } from '../../../../src/pki/ca-rotation.ts';
import type { CertificateAuthority } from '../../../../src/pki/certificate-authority.ts';
import type { Identity } from '../../../../src/pki/identity.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../../src/pki/keys.ts';
import { trustTag } from '../../../../src/pki/trust-bundle.ts';
import { createFakeClock, type FakeClock } from '../../../support/fake-clock.ts';
import { createTestFleet, ENVOY_ID, enrolledStateDir, type TestFleet } from '../enrolled-machine.ts';
import { endpoint } from '../fake-link.ts';

const HOUR_MS = 3_600_000;

describe('the certificate of a running agent', () => {
  let fleet: TestFleet;
  let dir: StateDir;
  let ca: CertificateAuthority;
  let clock: FakeClock;
  let used: AgentIdentity[];
  let asked: string[];
  /** What the hub gives; throws what it refuses with. */
  let answer: () => Promise<{ certificatePem: string; caPem: string }>;
  let confirmFails: boolean;

  beforeEach(async () => {
    fleet = await createTestFleet();
    dir = await enrolledStateDir(fleet);
    await beginCaRotation(join(fleet.root, 'ca'), fleet.ca, Date.now());
    ca = (await openCa({ dir: join(fleet.root, 'ca') })) as CertificateAuthority;
    clock = createFakeClock({ start: Date.now() });
    used = [];
    asked = [];
    confirmFails = false;
    answer = () => issue({});
  });
  afterEach(() => fleet.remove());

  const issue = async (more: { identity?: Identity; keyPem?: string; lifeMs?: number }) => ({
    certificatePem: await ca.issue({
      publicKeyDer: publicKeyDer(more.keyPem ?? loadEnrolled(dir).identity.keyPem),
      identity: more.identity ?? { kind: 'envoy', id: ENVOY_ID, trustDomain: ca.trustDomain },
      commonName: 'web1',
      notBefore: clock.now(),
      notAfter: clock.now() + (more.lifeMs ?? HOUR_MS),
    }),
    caPem: ca.trustPem,
  });

  const start = () =>
    createIdentityKeeper({
      dir,
      identity: loadEnrolled(dir).identity,
      hubs: [endpoint('hub1'), endpoint('hub2')],
      link: {
        async renewCertificate({ spokeId }: AgentEndpoint) {
          asked.push(`renew ${spokeId}`);
          return create(RenewCertificateResponseSchema, await answer());
        },
        async confirmCertificate({ spokeId }: AgentEndpoint) {
          asked.push(`confirm ${spokeId}`);
          if (confirmFails) throw new VigoError('UNREACHABLE', 'cannot reach the hub');
        },
        use: (identity) => used.push(identity),
      },
      callTimeoutMs: 10_000,
      clock,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      signal: new AbortController().signal,
    });

  it('is left alone as long as nothing is due', async () => {
    const keeper = start();
    keeper.told(0);
    await keeper.tend();
    expect(asked).to.deep.equal([]);
  });

  it('is replaced when its server trusts other CAs: on disk, in use, and confirmed', async () => {
    const keeper = start();
    expect(keeper.trustTag()).to.equal(trustTag(fleet.ca.certPem));
    keeper.told(ca.trustTag);
    await keeper.tend();
    expect(asked).to.deep.equal(['renew hub1', 'confirm hub1']);
    const { identity } = loadEnrolled(dir);
    expect(identity.caPem).to.equal(ca.trustPem);
    expect(used).to.deep.equal([identity]);
    expect(keeper.trustTag()).to.equal(ca.trustTag);
    expect(isConfirmed(dir, identity)).to.equal(true);
    await keeper.tend();
    expect(asked).to.have.length(2);
  });

  it('is replaced at two thirds of its life', async () => {
    answer = () => issue({ lifeMs: HOUR_MS });
    const keeper = start();
    keeper.told(ca.trustTag);
    await keeper.tend();
    await clock.advance((HOUR_MS * 2) / 3 - 60_000);
    await keeper.tend();
    expect(asked).to.deep.equal(['renew hub1', 'confirm hub1']);
    await clock.advance(61_000);
    await keeper.tend();
    expect(asked.slice(2)).to.deep.equal(['renew hub1', 'confirm hub1']);
  });

  it('is asked for at the next hub after a pause if one fails', async () => {
    const good = answer;
    answer = async () => {
      throw new VigoError('UNREACHABLE', 'cannot reach the hub');
    };
    const keeper = start();
    keeper.told(ca.trustTag);
    await keeper.tend();
    await keeper.tend();
    expect(asked).to.deep.equal(['renew hub1']);
    answer = good;
    await clock.advance(4_000);
    await keeper.tend();
    expect(asked).to.deep.equal(['renew hub1', 'renew hub2', 'confirm hub2']);
  });

  it('is confirmed later, also by the next process, if the hub could not be told', async () => {
    confirmFails = true;
    const keeper = start();
    keeper.told(ca.trustTag);
    await keeper.tend();
    expect(isConfirmed(dir, loadEnrolled(dir).identity)).to.equal(false);
    confirmFails = false;
    const next = start();
    await next.tend();
    expect(asked).to.deep.equal(['renew hub1', 'confirm hub1', 'confirm hub1']);
    expect(isConfirmed(dir, loadEnrolled(dir).identity)).to.equal(true);
  });

  it('is asked for again if the process was killed between its two files', async () => {
    await writeFile(dir.ca, ca.trustPem);
    const keeper = start();
    await keeper.tend();
    expect(asked).to.deep.equal(['renew hub1', 'confirm hub1']);
  });

  it('is not asked for again and again if the spoke is behind the hub', async () => {
    const keeper = start();
    keeper.told(12_345);
    await keeper.tend();
    keeper.told(12_345);
    await keeper.tend();
    expect(asked).to.deep.equal(['renew hub1', 'confirm hub1']);
    await clock.advance(HOUR_MS / 2);
    keeper.told(12_346);
    await keeper.tend();
    expect(asked.slice(2)).to.deep.equal(['renew hub1', 'confirm hub1']);
  });

  const wrong: [what: string, given: () => Promise<{ certificatePem: string; caPem: string }>][] = [
    ['of another envoy', () => issue({ identity: { ...IDENTITY(), id: ENVOY_ID.replace(/^./, '0') } })],
    ['for another key', () => issue({ keyPem: generatePrivateKeyPem() })],
    ['of another CA', async () => ({ ...(await issue({})), caPem: fleet.ca.certPem })],
    ['that is no certificate', async () => ({ certificatePem: 'nothing', caPem: ca.trustPem })],
    ['without a CA', async () => ({ ...(await issue({})), caPem: '' })],
    ['that has ended', () => issue({ lifeMs: -1 }).catch(() => issue({ lifeMs: 1 }).then(later))],
  ];
  const IDENTITY = () => ({ kind: 'envoy', id: ENVOY_ID, trustDomain: ca.trustDomain }) as const;
  const later = async <T>(value: T): Promise<T> => {
    await clock.advance(HOUR_MS);
    return value;
  };
  for (const [what, given] of wrong) {
    it(`stays as it is if the hub gives one ${what}`, async () => {
      const before = await Promise.all([readFile(dir.cert, 'utf8'), readFile(dir.ca, 'utf8')]);
      answer = given;
      const keeper = start();
      keeper.told(ca.trustTag);
      await keeper.tend();
      expect(asked).to.deep.equal(['renew hub1']);
      expect(await Promise.all([readFile(dir.cert, 'utf8'), readFile(dir.ca, 'utf8')])).to.deep.equal(before);
      expect(used).to.deep.equal([]);
    });
  }
});
