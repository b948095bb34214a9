/** Whether the hub takes the reports of this spoke. */
import type { Registry } from 'prom-client';
import type { Clock } from '../../../platform/clock.ts';
import { registerGauge } from '../../platform/metrics/gauges.ts';
import { createTallies } from '../../platform/metrics/tally.ts';

/** Is told of each report whether a hub has taken it. */
export function createReportMetrics(registry: Registry, clock: Pick<Clock, 'now'>): (taken: boolean) => void {
  const reports = createTallies(registry, {
    name: 'vigo_hub_reports_total',
    help: 'Attempts to report to a hub, by result.',
    label: 'result',
    values: ['taken', 'failed'],
  });
  let lastTakenAt: number | undefined;
  registerGauge(registry, {
    name: 'vigo_hub_last_report_timestamp_seconds',
    help: 'When a hub last took a report of this spoke, seconds since 1970 UTC.',
    read: () => (lastTakenAt === undefined ? undefined : lastTakenAt / 1000),
  });
  return (taken) => {
    reports[taken ? 'taken' : 'failed'].add();
    if (taken) lastTakenAt = clock.now();
  };
}
