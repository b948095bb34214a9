/**
 * Gives each spoke a certificate in time, and the CAs to trust: whenever a probe shows that what it has is due
 * (`fleet/certificate-renewal.ts`). The hub asks for a request, signs it, and hands the certificate over; all of it may be repeated.
 */
import { renewalDue } from '../../../fleet/certificate-renewal.ts';
import type { SpokeCertificate, StatusResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { CertificateAuthority } from '../../../pki/ca.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import { failureOf, type PartitionLink, type PartitionLinks } from '../partition-links.ts';
import { parseSpokeRequest, type SpokeCertificateRequest } from './spoke-request.ts';

/** A signature on one side, two files on the other. */
const CALL_TIMEOUT_MS = 15_000;

export interface SpokeCertificatesOptions {
  readonly links: PartitionLinks;
  readonly monitor: Pick<SpokeMonitor, 'onStatus' | 'retry' | 'view'>;
  readonly ca: () => CertificateAuthority;
  /** Signs a spoke certificate, PEM. */
  readonly sign: (request: SpokeCertificateRequest) => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SpokeCertificates {
  /** Looks at all spokes at once: the CA has changed. Never throws. */
  look(): void;
  /** Whether what it said last is neither of another CA nor in need of other CAs to trust. */
  isCurrent(certificate: SpokeCertificate): boolean;
  /** Why the spoke could not be given its certificate; empty if nothing went wrong. */
  failure(spoke: string): string;
}

export function createSpokeCertificates(options: SpokeCertificatesOptions): SpokeCertificates {
  const { links, monitor, clock, logger } = options;
  const giving = new Set<string>();
  const failures = new Map<string, string>();

  const held = (certificate: SpokeCertificate) => {
    const { digest, trustTag } = options.ca();
    return {
      issuedAt: certificate.issuedAtMs,
      endsAt: certificate.endsAtMs,
      byCurrentCa: Buffer.from(certificate.caSha256).toString('hex') === digest,
      trustsCurrent: certificate.trustTag === trustTag,
    };
  };

  const give = async (link: PartitionLink): Promise<void> => {
    const spokeId = link.spec.id;
    const caPem = options.ca().trustPem;
    const { csr, sans } = await link.client.requestCertificate({}, { timeoutMs: CALL_TIMEOUT_MS });
    const certificatePem = await options.sign(await parseSpokeRequest({ spokeId, csr, sans }));
    await link.client.installCertificate({ certificatePem, caPem }, { timeoutMs: CALL_TIMEOUT_MS });
  };

  const consider = async (spoke: string, { certificate }: StatusResponse): Promise<void> => {
    const due = certificate && renewalDue(held(certificate), clock.now());
    const link = links.find(spoke);
    if (!due || !link || giving.has(spoke)) return;
    giving.add(spoke);
    try {
      await give(link);
      failures.delete(spoke);
      logger.info({ spoke, reason: due }, 'spoke given a new certificate');
    } catch (error) {
      const { message } = failureOf(link, error);
      // The next probe tries again: one line for each sort of trouble.
      if (failures.get(spoke) !== message) logger.warn({ spoke, reason: due, error: message }, 'spoke not renewed yet');
      failures.set(spoke, message);
      return;
    } finally {
      giving.delete(spoke);
    }
    // What it has now is known at once, and not only at the next probe in its turn.
    await monitor.retry(spoke);
  };

  monitor.onStatus((spoke, status) => void consider(spoke, status));
  return {
    look() {
      for (const { spec } of links.all) void monitor.retry(spec.id);
    },
    isCurrent(certificate) {
      const { byCurrentCa, trustsCurrent } = held(certificate);
      return byCurrentCa && trustsCurrent;
    },
    failure: (spoke) => failures.get(spoke) ?? '',
  };
}
