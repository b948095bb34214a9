/** What a hub measures of its spokes and of auto-failover. All values are read when they are asked for. */
import { Gauge, type Registry } from 'prom-client';
import { SPOKE_HEALTHS } from '../../../fleet/spoke-health.ts';
import type { Directory } from '../directory.ts';
import type { Failover } from '../failover/failover.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { Notices } from '../notices.ts';
import type { PartitionLinks } from '../partition-links.ts';

export interface FleetMetricsOptions {
  readonly registry: Registry;
  readonly links: PartitionLinks;
  readonly monitor: Pick<SpokeMonitor, 'view'>;
  readonly directory: Pick<Directory, 'countOn'>;
  readonly notices: Pick<Notices, 'pending'>;
  readonly failover: Pick<Failover, 'decision' | 'unplaced'>;
  readonly failoverEnabled: boolean;
}

export function registerFleetMetrics(options: FleetMetricsOptions): void {
  const { registry, failover } = options;
  const spokes = options.links.all.map(({ spec }) => spec.id);
  const perSpoke = (name: string, help: string, read: (spoke: string) => number | undefined): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: ['spoke'],
      registers: [registry],
      collect() {
        gauge.reset();
        for (const spoke of spokes) {
          const value = read(spoke);
          if (value !== undefined) gauge.set({ spoke }, value);
        }
      },
    });
  };
  const single = (name: string, help: string, read: () => number): void => {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
  };

  registerHealth(options, spokes);
  perSpoke('vigo_spoke_envoys', 'Envoys that the directory places on a spoke.', options.directory.countOn);
  perSpoke(
    'vigo_spoke_failed_probes',
    'Failed probes of a spoke in a row.',
    (spoke) => options.monitor.view(spoke)?.health.failures,
  );
  perSpoke(
    'vigo_spoke_pending_notices',
    'Releases and revocations that a spoke has still to be told.',
    options.notices.pending,
  );
  perSpoke('vigo_spoke_probe_seconds', 'Time that the last probe of a spoke took.', (spoke) => {
    const last = options.monitor.view(spoke)?.latency.summary()?.lastMs;
    return last === undefined ? undefined : last / 1000;
  });
  registerHeld(options);
  single('vigo_failover_enabled', '1 if failed spokes are drained by themselves.', () =>
    Number(options.failoverEnabled),
  );
  single('vigo_failover_frozen', '1 while the hub suspects itself and drains nobody.', () =>
    Number(failover.decision.frozen),
  );
  single('vigo_envoys_unplaced', 'Envoys on failed spokes that no other spoke takes.', failover.unplaced);
}

function registerHealth({ registry, monitor }: FleetMetricsOptions, spokes: readonly string[]): void {
  const gauge: Gauge = new Gauge({
    name: 'vigo_spoke_health',
    help: '1 for the health that a spoke has, 0 for the others.',
    labelNames: ['spoke', 'health'],
    registers: [registry],
    collect() {
      for (const spoke of spokes) {
        const has = monitor.view(spoke)?.health.health ?? 'unknown';
        for (const health of SPOKE_HEALTHS) gauge.set({ spoke, health }, Number(health === has));
      }
    },
  });
}

function registerHeld({ registry, failover }: FleetMetricsOptions): void {
  const gauge: Gauge = new Gauge({
    name: 'vigo_failover_held_envoys',
    help: 'Envoys on a failed spoke that is not drained, by the guard that holds the drain back.',
    labelNames: ['spoke', 'guard'],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const { spoke, guard, envoys } of failover.decision.held) gauge.set({ spoke, guard }, envoys);
    },
  });
}
