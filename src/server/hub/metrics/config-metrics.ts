/** What is published, and which spokes do not have it yet. */
import type { Registry } from 'prom-client';
import type { Clock } from '../../../platform/clock.ts';
import { registerGauge, registerGauges } from '../../platform/metrics/gauges.ts';
import type { ConfigDistribution, SpokeVersion } from '../config/config-distribution.ts';
import type { ConfigPublisher } from '../config/config-publisher.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';

export interface ConfigMetricsOptions {
  readonly registry: Registry;
  readonly publisher: Pick<ConfigPublisher, 'current'>;
  readonly distribution: Pick<ConfigDistribution, 'versions'>;
  readonly monitor: Pick<SpokeMonitor, 'onStatus'>;
  readonly clock: Pick<Clock, 'now'>;
}

export function registerConfigMetrics(options: ConfigMetricsOptions): void {
  const { registry, publisher, distribution } = options;
  const secondsBehind = createLag(options);
  registerGauge(registry, {
    name: 'vigo_config_last_publish_timestamp_seconds',
    help: 'When the configuration of the fleet was last changed, seconds since 1970 UTC.',
    read: () => publisher.current && Number(publisher.current.published_at) / 1000,
  });
  registerGauges(registry, {
    name: 'vigo_spoke_config_behind',
    help: '1 if a spoke does not have the configuration of the fleet, as far as the hub knows.',
    labels: ['spoke'],
    read: () => distribution.versions().map(({ spoke, behind }) => [{ spoke }, Number(behind)] as const),
  });
  registerGauges(registry, {
    name: 'vigo_spoke_config_behind_seconds',
    help: 'For how long a spoke has been without the configuration of the fleet; 0 if it has it.',
    labels: ['spoke'],
    read: () => distribution.versions().map((version) => [{ spoke: version.spoke }, secondsBehind(version)] as const),
  });
}

/** Since the version was published, or since the spoke was last known to have it, as before a restore from a backup. */
function createLag({ publisher, distribution, monitor, clock }: ConfigMetricsOptions) {
  const lastInStep = new Map<string, number>();
  const note = (): void => {
    for (const { spoke, behind } of distribution.versions()) if (!behind) lastInStep.set(spoke, clock.now());
  };
  monitor.onStatus(note);
  return ({ spoke, behind }: SpokeVersion): number => {
    if (!behind) return 0;
    const since = Math.max(Number(publisher.current?.published_at ?? 0), lastInStep.get(spoke) ?? 0);
    return Math.max(0, (clock.now() - since) / 1000);
  };
}
