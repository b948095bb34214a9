/** What a hub measures of what it tells others. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { OutboxRepository } from '../../store/outbox-repository.ts';
import type { Outbox } from '../notifications/outbox.ts';

export interface NotificationMetricsOptions {
  readonly registry: Registry;
  readonly outbox: Pick<Outbox, 'tally'>;
  readonly repository: Pick<OutboxRepository, 'counts'>;
}

export function registerNotificationMetrics({ registry, outbox, repository }: NotificationMetricsOptions): void {
  const waiting: Gauge = new Gauge({
    name: 'vigo_notifications',
    help: 'Notifications that wait to be delivered, or were given up.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const { pending, dead } = await repository.counts();
      waiting.set({ state: 'pending' }, pending);
      waiting.set({ state: 'dead' }, dead);
    },
  });
  const total: Counter = new Counter({
    name: 'vigo_notification_tries_total',
    help: 'Tries to deliver a notification, by what came of them; dropped: removed because there were too many.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      total.reset();
      for (const outcome of ['delivered', 'failed', 'dropped'] as const) total.inc({ outcome }, outbox.tally[outcome]);
    },
  });
}
