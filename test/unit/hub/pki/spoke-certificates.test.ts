/** A hub that gives its spokes their certificates: when one is due, what goes wrong, and that it is tried again. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { expect } from 'chai';
import {
  type SpokeCertificateSchema,
  SpokeService,
  StatusResponseSchema,
} from '../../../../src/gen/vigo/v1/spoke_pb.js';
import type { CertificateAuthority } from '../../../../src/pki/certificate-authority.ts';
import { createCsr } from '../../../../src/pki/csr.ts';
import { generatePrivateKeyPem } from '../../../../src/pki/keys.ts';
import type { StatusListener } from '../../../../src/server/hub/health/spoke-monitor.ts';
import { createPartitionLinks } from '../../../../src/server/hub/partition-links.ts';
import { createSpokeCertificates } from '../../../../src/server/hub/pki/spoke-certificates.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { waitFor } from '../../../support/wait-for.ts';

const DAY_MS = 24 * 3_600_000;
const CA = { digest: 'ab'.repeat(32), trustTag: 7, trustPem: 'the CAs' } as CertificateAuthority;

describe('certificates for spokes', () => {
  const keyPem = generatePrivateKeyPem();
  const clock = createFakeClock();
  let calls: string[];
  let retried: string[];
  let warnings: string[];
  let say: StatusListener;
  /** What the spoke's certificate request names. */
  let commonName: string;
  let installs: () => void;

  beforeEach(() => {
    calls = [];
    retried = [];
    warnings = [];
    commonName = 'dc1';
    installs = () => {};
  });

  const open = () => {
    const transport = createRouterTransport((router) =>
      router.service(SpokeService, {
        async requestCertificate() {
          calls.push('request');
          return { csr: new Uint8Array(await createCsr({ privateKeyPem: keyPem, commonName })), sans: ['10.0.0.1'] };
        },
        installCertificate({ certificatePem, caPem }) {
          installs();
          calls.push(`install ${certificatePem}, ${caPem}`);
          return {};
        },
      }),
    );
    const link = {
      spec: { id: 'dc1', addr: 'spoke1.example.com:1530', patterns: [] },
      endpoint: { address: 'spoke1.example.com:1530', identity: '', spokeId: 'dc1' },
      client: createClient(SpokeService, transport),
    };
    return createSpokeCertificates({
      links: createPartitionLinks([link]),
      monitor: {
        onStatus: (listener) => (say = listener),
        retry: async (spoke) => void retried.push(spoke),
        view: () => undefined,
      },
      ca: () => CA,
      sign: async ({ spokeId, ipAddresses }) => `certificate of ${spokeId} at ${ipAddresses.join()}`,
      clock,
      logger: { debug() {}, info() {}, warn: (_fields, text) => void warnings.push(text), error() {} },
    });
  };
  const good = () => ({
    issuedAtMs: clock.now(),
    endsAtMs: clock.now() + 90 * DAY_MS,
    caSha256: Buffer.from(CA.digest, 'hex'),
    trustTag: CA.trustTag,
  });
  const heard = (certificate: MessageInitShape<typeof SpokeCertificateSchema> | undefined) =>
    say('dc1', create(StatusResponseSchema, certificate ? { certificate } : {}));

  it('are left alone while nothing is due, and where there is none', async () => {
    open();
    heard(good());
    heard(undefined);
    await clock.advance(0);
    expect(calls).to.deep.equal([]);
  });

  const due: [what: string, certificate: () => MessageInitShape<typeof SpokeCertificateSchema>][] = [
    [
      'at two thirds of their life',
      () => ({ ...good(), issuedAtMs: clock.now() - 61 * DAY_MS, endsAtMs: clock.now() + 29 * DAY_MS }),
    ],
    ['that another CA has signed', () => ({ ...good(), caSha256: Buffer.alloc(32) })],
    ['whose spoke trusts others', () => ({ ...good(), trustTag: 8 })],
  ];
  for (const [what, certificate] of due) {
    it(`are replaced: those ${what}`, async () => {
      const certificates = open();
      heard(certificate());
      // A second probe meanwhile begins nothing.
      heard(certificate());
      await waitFor('it is looked at again', () => retried.length > 0);
      expect(calls).to.deep.equal(['request', 'install certificate of dc1 at 10.0.0.1, the CAs']);
      expect(retried).to.deep.equal(['dc1']);
      expect(certificates.failure('dc1')).to.equal('');
    });
  }

  it('are tried again at every probe if a spoke does not take them, with one line in the log', async () => {
    const certificates = open();
    installs = () => {
      throw new ConnectError('the disk is full', Code.Internal);
    };
    for (let tries = 1; tries <= 2; tries++) {
      heard({ ...good(), trustTag: 8 });
      await waitFor('it was asked', () => calls.length === tries && certificates.failure('dc1') !== '');
    }
    expect(certificates.failure('dc1')).to.contain('the disk is full');
    expect(warnings).to.deep.equal(['spoke not renewed yet']);
    installs = () => {};
    heard({ ...good(), trustTag: 8 });
    await waitFor('it was taken', () => retried.length === 1);
    expect(certificates.failure('dc1')).to.equal('');
  });

  it('are not given to a spoke that asks for the name of another', async () => {
    const certificates = open();
    commonName = 'dc2';
    heard({ ...good(), trustTag: 8 });
    await waitFor('it was refused', () => certificates.failure('dc1') !== '');
    expect(certificates.failure('dc1')).to.contain('names "dc2"');
    expect(calls).to.deep.equal(['request']);
  });
});
