/** The envoys of the fleet: how they are, and how many there may be. */
import type { Registry } from 'prom-client';
import type { ActiveLicense } from '../../../license/policy.ts';
import { registerGauge, registerGauges } from '../../platform/metrics/gauges.ts';
import { registerLicenseExpiry } from '../../platform/metrics/license-metrics.ts';
import { knownCompliance, type SpokeSources } from '../admin/spoke-messages.ts';
import type { PartitionLinks } from '../partition-links.ts';

export interface EnvoyMetricsOptions extends Pick<SpokeSources, 'monitor' | 'directory'> {
  readonly registry: Registry;
  readonly links: PartitionLinks;
  readonly license: () => ActiveLicense;
}

export function registerEnvoyMetrics({ registry, links, license, ...sources }: EnvoyMetricsOptions): void {
  registerGauges(registry, {
    name: 'vigo_envoys',
    help: 'Envoys by spoke and status, as the spoke last said or, while it is offline, as far as the hub knows.',
    labels: ['spoke', 'status'],
    read: () =>
      links.all.flatMap(({ spec: { id: spoke } }) =>
        Object.entries(knownCompliance(sources, spoke)).map(([status, envoys]) => [{ spoke, status }, envoys] as const),
      ),
  });
  registerGauge(registry, {
    name: 'vigo_envoys_enrolled',
    help: 'Envoys that are enrolled; those that are used of the license.',
    read: () => sources.directory.size,
  });
  registerGauge(registry, {
    name: 'vigo_license_envoys_limit',
    help: 'Envoys that the license allows.',
    read: () => license().envoys,
  });
  registerLicenseExpiry(registry, license);
}
