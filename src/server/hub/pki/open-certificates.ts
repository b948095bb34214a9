/** All that a hub does with certificates, put together: those of envoys, those of spokes, and how they stand. */
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { createCertificateRepository } from '../../store/certificate-repository.ts';
import type { Database } from '../../store/database.ts';
import type { Directory } from '../directory.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { KnownEnvoy } from '../known-envoy.ts';
import type { PartitionLinks } from '../partition-links.ts';
import { createEnvoyCertificates, type EnvoyCertificates } from './envoy-certificates.ts';
import { createFleetCertificates, type FleetCertificates } from './fleet-certificates.ts';
import type { HubPki } from './hub-pki.ts';
import { createPkiView, type PkiView } from './pki-view.ts';
import { createSpokeCertificates } from './spoke-certificates.ts';

export interface CertificatesOptions {
  readonly pki: HubPki;
  readonly database: Database;
  readonly known: KnownEnvoy;
  readonly directory: Directory;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Certificates extends Pick<FleetCertificates, 'signSpoke'> {
  readonly envoyCertificates: EnvoyCertificates;
  readonly pkiView: PkiView;
}

export function openCertificates(options: CertificatesOptions): Certificates {
  const { pki, known, clock } = options;
  const repository = createCertificateRepository(options.database);
  const { signEnvoy, signSpoke } = createFleetCertificates({ ca: pki.ca, lifeMs: pki.certLifetimeMs, clock });
  const envoyCertificates = createEnvoyCertificates({ known, repository, ca: pki.ca, sign: signEnvoy, clock });
  const spokeCertificates = createSpokeCertificates({ ...options, ca: pki.ca, sign: signSpoke });
  // A CA that takes over, or that is trusted no more, need not wait for the next round of probes.
  pki.onChange(spokeCertificates.look);
  return { envoyCertificates, signSpoke, pkiView: createPkiView({ ...options, repository, spokeCertificates }) };
}
