/**
 * The certificate of this spoke and the CAs that it trusts, as they are now: the hub replaces them while the spoke runs.
 *
 * On disk the CAs come first: cut off in between, the spoke trusts whom it is to trust and shows a certificate that is still
 * good, and the hub sees at its next probe that one is due.
 */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { SpokeCertificateSchema } from '../../gen/vigo/v1/spoke_pb.js';
import { keepCaOrigin } from '../../pki/ca-origin.ts';
import { lifeOf } from '../../pki/certificates.ts';
import { createCsr } from '../../pki/csr.ts';
import { identityOfCertificate } from '../../pki/identity.ts';
import { problemOfCertificate } from '../../pki/issued-certificate.ts';
import { certificatesOf, isIssuedByOneOf, trustTag } from '../../pki/trust-bundle.ts';
import type { Clock } from '../../platform/clock.ts';
import { PUBLIC_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import { createMutex } from '../../platform/mutex.ts';
import type { SpokeIdentity } from './join.ts';

export interface OwnCertificateOptions {
  /** Where its files are. */
  readonly dir: string;
  readonly spokeId: string;
  /** As it was read from there. */
  readonly identity: SpokeIdentity;
  /** Names and addresses under which others dial it. */
  readonly sans: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OwnCertificate {
  current(): SpokeIdentity;
  /** Of the CAs that it trusts. */
  trustTag(): number;
  /** What the hub is told of it. */
  describe(): MessageInitShape<typeof SpokeCertificateSchema>;
  /** A request for the same key. */
  request(): Promise<{ csr: Uint8Array; sans: string[] }>;
  /** Durable and in use when it resolves. Throws CA_MISMATCH, INVALID_ARGUMENT, DATA_DIR_UNUSABLE, and nothing has changed then. */
  install(answer: { readonly certificatePem: string; readonly caPem: string }): Promise<void>;
  /** What was read from disk anew. Throws DATA_DIR_UNUSABLE if it cannot be used. */
  use(identity: SpokeIdentity): void;
  /** Calls `listener` when it has changed. */
  onChange(listener: (identity: SpokeIdentity) => void): void;
}

export function createOwnCertificate(options: OwnCertificateOptions): OwnCertificate {
  const { dir, spokeId, sans, clock, logger } = options;
  const mutex = createMutex();
  const listeners: ((identity: SpokeIdentity) => void)[] = [];
  let current = options.identity;
  let told = describe(current);

  const use = (identity: SpokeIdentity): void => {
    const { certPem, keyPem, caPem } = identity;
    if (certPem === current.certPem && keyPem === current.keyPem && caPem === current.caPem) return;
    try {
      createSecureContext({ cert: certPem, key: keyPem, ca: caPem });
      told = describe(identity);
    } catch (error) {
      throw new VigoError('DATA_DIR_UNUSABLE', `the certificate in ${dir} cannot be used: ${messageOf(error)}`, {
        cause: error,
      });
    }
    current = identity;
    for (const listener of listeners) listener(identity);
  };

  return {
    current: () => current,
    trustTag: () => told.trustTag,
    describe: () => told,
    async request() {
      const csr = await createCsr({ privateKeyPem: current.keyPem, commonName: spokeId });
      return { csr: new Uint8Array(csr), sans: [...sans] };
    },
    install: ({ certificatePem, caPem }) =>
      mutex.run(async () => {
        const { keyPem } = current;
        const identity = identityOfCertificate(new X509Certificate(current.certPem));
        if (!identity) throw new VigoError('INTERNAL', "this spoke's own certificate carries no identity of a fleet");
        const problem = problemOfCertificate({ certificatePem, caPem, keyPem, identity, now: clock.now() });
        if (problem) {
          const code = problem.code === 'INTERNAL' ? 'INVALID_ARGUMENT' : problem.code;
          throw new VigoError(code, `spoke ${spokeId} does not take the certificate: ${problem.why}`);
        }
        if (caPem !== current.caPem) await keepCaOrigin(dir, current.caPem);
        await replaceFile(join(dir, 'ca.pem'), caPem, PUBLIC_FILE);
        await replaceFile(join(dir, 'spoke.pem'), certificatePem, PUBLIC_FILE);
        use({ certPem: certificatePem, keyPem, caPem });
        logger.info({ endsAt: new Date(told.endsAtMs).toISOString() }, 'new certificate');
      }),
    use,
    onChange: (listener) => void listeners.push(listener),
  };
}

function describe({ certPem, caPem }: SpokeIdentity) {
  const certificate = new X509Certificate(certPem);
  const { issuedAt, endsAt } = lifeOf(certificate);
  const signer = certificatesOf(caPem).find((ca) => isIssuedByOneOf(certificate, [ca]));
  return {
    issuedAtMs: issuedAt,
    endsAtMs: endsAt,
    caSha256: signer ? Buffer.from(signer.fingerprint256.replaceAll(':', ''), 'hex') : new Uint8Array(),
    trustTag: trustTag(caPem),
  };
}
