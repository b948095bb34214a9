/** What a hub measures of its spokes and of auto-failover. All values are read when they are asked for. */
import type { Registry } from 'prom-client';
import { SPOKE_HEALTHS, type SpokeEligibility } from '../../../fleet/spoke-health.ts';
import { registerGauge, registerGauges } from '../../platform/metrics/gauges.ts';
import type { Directory } from '../directory.ts';
import type { Failover } from '../failover/failover.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { Notices } from '../notices.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { SpokeRegistry } from '../spoke-registry.ts';

export interface FleetMetricsOptions {
  readonly registry: Registry;
  readonly links: PartitionLinks;
  readonly monitor: Pick<SpokeMonitor, 'view'>;
  readonly directory: Pick<Directory, 'countOn'>;
  readonly notices: Pick<Notices, 'pending'>;
  readonly spokes: Pick<SpokeRegistry, 'get'>;
  readonly failover: Pick<Failover, 'decision' | 'unplaced'>;
  readonly failoverEnabled: boolean;
}

const ELIGIBILITIES: readonly SpokeEligibility[] = ['eligible', 'cordoned', 'draining', 'drained'];

export function registerFleetMetrics(options: FleetMetricsOptions): void {
  const ids = options.links.all.map(({ spec }) => spec.id);
  registerStates(options, ids);
  registerNumbers(options, ids);
  registerFailover(options);
}

/** One line for each state that a spoke may be in: 1 for the one that it is in. */
function registerStates({ registry, monitor, spokes }: FleetMetricsOptions, ids: readonly string[]): void {
  registerGauges(registry, {
    name: 'vigo_spoke_health',
    help: '1 for the health that a spoke has, 0 for the others.',
    labels: ['spoke', 'health'],
    read: () =>
      ids.flatMap((spoke) => {
        const has = monitor.view(spoke)?.health.health ?? 'unknown';
        return SPOKE_HEALTHS.map((health) => [{ spoke, health }, Number(health === has)] as const);
      }),
  });
  registerGauges(registry, {
    name: 'vigo_spoke_eligibility',
    help: '1 for what operators have said about a spoke, 0 for the others.',
    labels: ['spoke', 'eligibility'],
    read: () =>
      ids.flatMap((spoke) => {
        const has = spokes.get(spoke).eligibility;
        return ELIGIBILITIES.map((eligibility) => [{ spoke, eligibility }, Number(eligibility === has)] as const);
      }),
  });
}

function registerNumbers(options: FleetMetricsOptions, ids: readonly string[]): void {
  const { registry, monitor, directory, notices } = options;
  const perSpoke = (name: string, help: string, read: (spoke: string) => number | undefined): void =>
    registerGauges(registry, {
      name,
      help,
      labels: ['spoke'],
      read: () =>
        ids.flatMap((spoke) => {
          const value = read(spoke);
          return value === undefined ? [] : [[{ spoke }, value] as const];
        }),
    });
  perSpoke('vigo_spoke_envoys', 'Envoys that the directory places on a spoke.', directory.countOn);
  perSpoke(
    'vigo_spoke_failed_probes',
    'Failed probes of a spoke in a row.',
    (spoke) => monitor.view(spoke)?.health.failures,
  );
  perSpoke(
    'vigo_spoke_pending_notices',
    'Releases and revocations that a spoke has still to be told.',
    notices.pending,
  );
  perSpoke('vigo_spoke_probe_seconds', 'Time that the last probe of a spoke took.', (spoke) => {
    const last = monitor.view(spoke)?.latency.summary()?.lastMs;
    return last === undefined ? undefined : last / 1000;
  });
}

function registerFailover({ registry, failover, failoverEnabled }: FleetMetricsOptions): void {
  registerGauges(registry, {
    name: 'vigo_failover_held_envoys',
    help: 'Envoys on a failed spoke that is not drained, by the guard that holds the drain back.',
    labels: ['spoke', 'guard'],
    read: () => failover.decision.held.map(({ spoke, guard, envoys }) => [{ spoke, guard }, envoys] as const),
  });
  registerGauge(registry, {
    name: 'vigo_failover_enabled',
    help: '1 if failed spokes are drained by themselves.',
    read: () => Number(failoverEnabled),
  });
  registerGauge(registry, {
    name: 'vigo_failover_frozen',
    help: '1 while the hub suspects itself and drains nobody.',
    read: () => Number(failover.decision.frozen),
  });
  registerGauge(registry, {
    name: 'vigo_envoys_unplaced',
    help: 'Envoys on failed spokes that no other spoke takes.',
    read: failover.unplaced,
  });
}
