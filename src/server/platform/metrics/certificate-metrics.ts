/** How old a server's certificates are. */
import { X509Certificate } from 'node:crypto';
import type { Registry } from 'prom-client';
import { lifeOf } from '../../../pki/certificates.ts';
import { registerGauges } from './gauges.ts';

export interface CertificateMetricsOptions {
  readonly registry: Registry;
  /** The server's own certificate, and that of the CA that signs; PEM of which the first counts. */
  readonly certificates: () => Readonly<Record<'server' | 'ca', string>>;
  readonly clock: { now(): number };
}

export function registerCertificateMetrics({ registry, certificates, clock }: CertificateMetricsOptions): void {
  const lives = () => {
    const { server, ca } = certificates();
    return [
      [{ certificate: 'server' }, lifeOf(new X509Certificate(server))] as const,
      [{ certificate: 'ca' }, lifeOf(new X509Certificate(ca))] as const,
    ];
  };
  registerGauges(registry, {
    name: 'vigo_certificate_expiry_timestamp_seconds',
    help: 'When a certificate ends, seconds since 1970 UTC.',
    labels: ['certificate'],
    read: () => lives().map(([labels, { endsAt }]) => [labels, endsAt / 1000] as const),
  });
  registerGauges(registry, {
    name: 'vigo_certificate_life_used_ratio',
    help: 'The part of the life of a certificate that is over; it is replaced at two thirds.',
    labels: ['certificate'],
    read: () =>
      lives().map(
        ([labels, { issuedAt, endsAt }]) => [labels, (clock.now() - issuedAt) / (endsAt - issuedAt)] as const,
      ),
  });
}
