/** What is still to be done after a restore. */
import type { Registry } from 'prom-client';
import { registerGauge } from '../../platform/metrics/gauges.ts';
import type { Restoration } from '../restoration/restoration.ts';

export interface RestorationMetricsOptions {
  readonly registry: Registry;
  readonly restoration: Pick<Restoration, 'state'>;
}

export function registerRestorationMetrics({ registry, restoration }: RestorationMetricsOptions): void {
  registerGauge(registry, {
    name: 'vigo_restore_unreconciled_spokes',
    help: 'Spokes that have not said since the hub was restored from a backup whom they serve; 0 if it never was.',
    read: () => restoration.state?.unreconciled.length ?? 0,
  });
}
