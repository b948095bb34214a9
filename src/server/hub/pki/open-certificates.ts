/** All that a hub does with certificates, put together: those of envoys, those of spokes, and how they stand. */
import type { Registry } from 'prom-client';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { registerCertificateMetrics } from '../../platform/metrics/certificate-metrics.ts';
import { registerGauge } from '../../platform/metrics/gauges.ts';
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
  readonly metrics: Registry;
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
  registerCertificateMetrics({
    registry: options.metrics,
    certificates: () => ({ server: pki.certificate(), ca: pki.ca().certPem }),
    clock,
  });
  registerGauge(options.metrics, {
    name: 'vigo_ca_rotation_running',
    help: '1 while one CA takes over from another and both are trusted.',
    read: () => (pki.ca().former ? 1 : 0),
  });
  // A CA that takes over, or that is trusted no more, need not wait for the next round of probes.
  pki.onChange(spokeCertificates.look);
  return { envoyCertificates, signSpoke, pkiView: createPkiView({ ...options, repository, spokeCertificates }) };
}
