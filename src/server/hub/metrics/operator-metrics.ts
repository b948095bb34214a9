/** Operators: who is signed in or looks on, and the log of what they do. */
import type { Registry } from 'prom-client';
import { type Clock, sleep } from '../../../platform/clock.ts';
import { registerGauge } from '../../platform/metrics/gauges.ts';
import { createTallies } from '../../platform/metrics/tally.ts';
import type { Sessions } from '../access/sessions.ts';
import type { FleetSignals } from '../watch/fleet-signals.ts';

export interface OperatorMetricsOptions {
  readonly registry: Registry;
  readonly sessions: Pick<Sessions, 'list'>;
  readonly signals: Pick<FleetSignals, 'watchers'>;
  readonly clock: Clock;
}

/** The database is not to hold up what is measured, least of all when it is the database that is ill. */
const READ_WITHIN_MS = 1_000;

export function registerOperatorMetrics({ registry, sessions, signals, clock }: OperatorMetricsOptions): void {
  registerGauge(registry, {
    name: 'vigo_web_sessions',
    help: 'Sessions on the web that have not ended.',
    async read() {
      const read = new AbortController();
      const late = sleep(clock, READ_WITHIN_MS, read.signal).then(() => undefined);
      const listed = sessions.list().then(
        ({ length }) => length,
        () => undefined,
      );
      return Promise.race([listed, late]).finally(() => read.abort());
    },
  });
  registerGauge(registry, {
    name: 'vigo_web_watchers',
    help: 'Streams on which the web UI, or someone like it, is told what changes.',
    read: () => signals.watchers,
  });
}

/** Is told of each entry of the audit log whether it was written. */
export function createAuditMetrics(registry: Registry): (written: boolean) => void {
  const entries = createTallies(registry, {
    name: 'vigo_audit_entries_total',
    help: 'Entries of the audit log since the server started: written, or lost or refused because it could not be written.',
    label: 'result',
    values: ['written', 'failed'],
  });
  return (written) => entries[written ? 'written' : 'failed'].add();
}
