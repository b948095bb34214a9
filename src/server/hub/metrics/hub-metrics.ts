/** All that a hub measures, but for what has to be counted where it happens. */
import { type ConfigMetricsOptions, registerConfigMetrics } from './config-metrics.ts';
import { type EnvoyMetricsOptions, registerEnvoyMetrics } from './envoy-metrics.ts';
import { type FleetMetricsOptions, registerFleetMetrics } from './fleet-metrics.ts';
import { type MoveMetricsOptions, registerMoveMetrics } from './move-metrics.ts';
import { type OperatorMetricsOptions, registerOperatorMetrics } from './operator-metrics.ts';
import { type RestorationMetricsOptions, registerRestorationMetrics } from './restoration-metrics.ts';

export type HubMetricsOptions = FleetMetricsOptions &
  EnvoyMetricsOptions &
  MoveMetricsOptions &
  ConfigMetricsOptions &
  RestorationMetricsOptions &
  OperatorMetricsOptions;

export function registerHubMetrics(options: HubMetricsOptions): void {
  registerFleetMetrics(options);
  registerEnvoyMetrics(options);
  registerMoveMetrics(options);
  registerConfigMetrics(options);
  registerRestorationMetrics(options);
  registerOperatorMetrics(options);
}
