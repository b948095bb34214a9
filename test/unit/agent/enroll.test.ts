// Enrolment with real keys, requests and certificates; the hub is a function.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { type EnrollOptions, enroll } from '../../../src/agent/enroll.ts';
import type { EnrollmentLink, EnrollmentTarget } from '../../../src/agent/enrollment-link.ts';
import { loadEnrolled } from '../../../src/agent/state.ts';
import { stateDirAt } from '../../../src/agent/state-dir.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { EnrollResponseSchema } from '../../../src/gen/vigo/v1/enrollment_pb.js';
import type { CertificateAuthority } from '../../../src/pki/ca.ts';
import { openOrCreateCa } from '../../../src/pki/ca.ts';
import { parseCsr } from '../../../src/pki/csr.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../src/pki/keys.ts';
import { formatPinnedToken } from '../../../src/pki/pinned-token.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createTestFleet, ENVOY_ID, type TestFleet } from './enrolled-machine.ts';
import { endpoint } from './fake-link.ts';

interface HubBehaviour {
  /** Who signs; default: the fleet's CA. */
  readonly signer?: CertificateAuthority;
  /** The key that is certified; default: that of the request. */
  readonly publicKeyDer?: Buffer;
  readonly notAfter?: number;
  readonly answer?: Partial<{ envoyId: string; caPem: string; owner: undefined }>;
  readonly failsWith?: VigoError;
  /** So often it is too busy first. */
  readonly refusals?: number;
}

describe('agent enroll', () => {
  let fleet: TestFleet;
  let stateDir: string;
  let token: string;
  let targets: EnrollmentTarget[];
  let keys: string[];

  beforeEach(async () => {
    fleet = await createTestFleet();
    stateDir = join(fleet.root, 'state');
    const secret = Buffer.alloc(24, 7);
    token = formatPinnedToken({
      kind: 'enroll',
      hubUrl: 'https://hub.example.com:8443',
      caDigest: fleet.ca.digest,
      secret,
    });
    targets = [];
    keys = [];
  });
  afterEach(() => fleet.remove());

  const hub =
    (behaviour: HubBehaviour = {}) =>
    async (target: EnrollmentTarget): Promise<EnrollmentLink> => {
      targets.push(target);
      return {
        caPem: fleet.ca.certPem,
        close() {},
        async enroll(request) {
          const csr = await parseCsr(request.csr as Uint8Array);
          keys.push(csr.publicKeyDer.toString('hex'));
          expect(existsSync(join(stateDir, 'key.pem')), 'the key is on disk before the request').to.equal(true);
          if (behaviour.failsWith) throw behaviour.failsWith;
          if (keys.length <= (behaviour.refusals ?? 0))
            throw new VigoError('OVERLOADED', 'too many enrolments', { retryAfterMs: 2_000 });
          expect(csr.commonName).to.equal(request.hostname);
          const signer = behaviour.signer ?? fleet.ca;
          const certificatePem = await signer.issue({
            publicKeyDer: behaviour.publicKeyDer ?? csr.publicKeyDer,
            identity: { kind: 'envoy', id: ENVOY_ID, trustDomain: signer.trustDomain },
            commonName: csr.commonName,
            notBefore: Date.now() - 7_200_000,
            notAfter: behaviour.notAfter ?? Date.now() + 3_600_000,
          });
          return create(EnrollResponseSchema, {
            envoyId: ENVOY_ID,
            certificatePem,
            caPem: fleet.ca.certPem,
            owner: endpoint('dc1'),
            epoch: 1,
            hubs: [endpoint('hub1')],
            ...behaviour.answer,
          });
        },
      };
    };

  const go = (behaviour?: HubBehaviour, more: Partial<EnrollOptions> = {}) =>
    enroll({ token, stateDir, hostname: 'Web1.DC1.example.com.', connect: hub(behaviour), ...more });
  const failure = async (...args: Parameters<typeof go>): Promise<VigoError> => {
    const error = await go(...args).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).to.be.instanceOf(VigoError);
    return error;
  };

  it('stores key, certificate, CA and owner, for this user alone', async () => {
    const enrolled = await go();
    expect(enrolled).to.deep.equal({ envoyId: ENVOY_ID, hostname: 'web1.dc1.example.com', owner: 'dc1', stateDir });
    const { state, identity } = loadEnrolled(stateDirAt(stateDir));
    expect(state.owner).to.deep.equal({ endpoint: endpoint('dc1'), epoch: 1 });
    expect(state.hubs).to.deep.equal([endpoint('hub1')]);
    expect(publicKeyDer(identity.keyPem).equals(publicKeyDer(identity.certPem))).to.equal(true);
    expect((await readdir(stateDir)).sort()).to.deep.equal([
      'ca.pem',
      'cert.pem',
      'confirmed',
      'key.pem',
      'state.json',
    ]);
    for (const name of await readdir(stateDir)) {
      expect((await stat(join(stateDir, name))).mode & 0o777, name).to.equal(0o600);
    }
  });

  it('calls the hub that the token names, or the one that was asked for', async () => {
    await failure({ failsWith: new VigoError('TOKEN_EXPIRED', 'expired') });
    await failure({ failsWith: new VigoError('TOKEN_EXPIRED', 'expired') }, { hubUrl: 'https://10.0.0.1:8443' });
    expect(targets.map((target) => target.hubUrl)).to.deep.equal([
      'https://hub.example.com:8443',
      'https://10.0.0.1:8443',
    ]);
    expect(targets[0]?.caDigest).to.equal(fleet.ca.digest);
  });

  it('comes back when a busy hub has said, and gives up one that stays busy', async () => {
    const fake = createFakeClock();
    const waits: number[] = [];
    const clock: Clock = {
      ...fake,
      now: () => Date.now(),
      after(ms, fn) {
        waits.push(ms);
        return fake.after(0, fn);
      },
    };
    const moving = (async () => {
      while (waits.length < 12) await fake.advance(0);
    })();
    expect((await go({ refusals: 2 }, { clock })).envoyId).to.equal(ENVOY_ID);
    expect(waits).to.deep.equal([2_000, 2_000]);
    stateDir = join(fleet.root, 'other');
    const error = await failure({ refusals: 1_000 }, { clock });
    expect(error.code).to.equal('OVERLOADED');
    expect(waits).to.have.length(12);
    await moving;
  });

  it('sends the same key again after a lost answer', async () => {
    await failure({ failsWith: new VigoError('TIMEOUT', 'no answer') });
    await go();
    expect(keys).to.have.length(2);
    expect(keys[0]).to.equal(keys[1]);
  });

  it('leaves an enrolled machine as it is', async () => {
    await go();
    const before = await readFile(join(stateDir, 'state.json'), 'utf8');
    const error = await failure({}, { hostname: 'other.example.com' });
    expect(error.code).to.equal('ALREADY_ENROLLED');
    expect(error.message).to.include(ENVOY_ID).and.include('web1.dc1.example.com');
    expect(targets).to.have.length(1);
    expect(await readFile(join(stateDir, 'state.json'), 'utf8')).to.equal(before);
  });

  it('refuses a bad host name or token before it touches anything', async () => {
    expect((await failure({}, { hostname: 'not a name' })).code).to.equal('INVALID_HOSTNAME');
    expect((await failure({}, { token: 'vigoj_abc' })).code).to.equal('TOKEN_INVALID');
    expect(existsSync(stateDir)).to.equal(false);
  });

  it('passes on what the hub says', async () => {
    const failsWith = new VigoError('NO_SPOKE_FOR_HOSTNAME', 'no pattern matches');
    expect(await failure({ failsWith })).to.equal(failsWith);
    expect(await readdir(stateDir)).to.deep.equal(['key.pem']);
  });

  const lies: [string, () => Promise<HubBehaviour>, string, RegExp][] = [
    [
      'a certificate for another key',
      async () => ({ publicKeyDer: publicKeyDer(generatePrivateKeyPem()) }),
      'INTERNAL',
      /another machine's key/,
    ],
    [
      'a certificate of another CA',
      async () => ({ signer: await openOrCreateCa({ dir: join(fleet.root, 'other'), now: Date.now() }) }),
      'CA_MISMATCH',
      /not signed by the fleet's CA/,
    ],
    [
      'other CA certificates than the pinned one',
      async () => ({
        answer: { caPem: (await openOrCreateCa({ dir: join(fleet.root, 'other'), now: Date.now() })).certPem },
      }),
      'CA_MISMATCH',
      /other CA certificates/,
    ],
    ['a certificate that has expired', async () => ({ notAfter: Date.now() - 1_000 }), 'INTERNAL', /set the clock/],
    ['another envoy id', async () => ({ answer: { envoyId: 'x' } }), 'INTERNAL', /does not name envoy/],
    ['no owner', async () => ({ answer: { owner: undefined } }), 'INTERNAL', /which server/],
  ];
  for (const [what, behaviour, code, message] of lies) {
    it(`stores nothing when the hub answers with ${what}`, async () => {
      const error = await failure(await behaviour());
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message);
      expect(await readdir(stateDir)).to.deep.equal(['key.pem']);
    });
  }
});
