/**
 * Who is told what happens to the fleet: the audit log, those who watch it, the history, and endpoints outside. They look on and
 * change nothing of what they are told about.
 */
import type { Registry } from 'prom-client';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Database } from '../store/database.ts';
import { createFleetHistoryRepository } from '../store/fleet-history-repository.ts';
import { createOutboxRepository } from '../store/outbox-repository.ts';
import { auditHealth } from './audit/audit-health.ts';
import type { AuditLog } from './audit/audit-log.ts';
import { auditMoves } from './audit/audit-moves.ts';
import type { ConfigPublisher } from './config/config-publisher.ts';
import type { SpokeMonitor } from './health/spoke-monitor.ts';
import { registerNotificationMetrics } from './metrics/notification-metrics.ts';
import type { MoveService } from './moves/move-service.ts';
import type { NotificationEndpoint } from './notifications/fleet-event.ts';
import { noteEvents } from './notifications/note-events.ts';
import { type Outbox, openOutbox } from './notifications/outbox.ts';
import { createFleetHistory, type FleetHistory, type SpokeCondition } from './overview/fleet-history.ts';
import { createFleetSignals, type FleetSignals } from './watch/fleet-signals.ts';
import { signalChanges } from './watch/signal-changes.ts';

export interface ObserversOptions {
  readonly database: Database;
  /** Who outside is told. */
  readonly endpoints: readonly NotificationEndpoint[];
  /** How the spokes are now. */
  readonly condition: () => readonly SpokeCondition[];
  readonly audit: AuditLog;
  readonly monitor: SpokeMonitor;
  readonly moves: MoveService;
  readonly publisher: ConfigPublisher;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Observers {
  readonly signals: FleetSignals;
  readonly history: FleetHistory;
  readonly outbox: Outbox;
  /** Begins to deliver and to note. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openObservers(options: ObserversOptions): Promise<Observers> {
  const { database, audit, monitor, moves, publisher, clock, logger } = options;
  const repository = createOutboxRepository(database);
  const outbox = await openOutbox({ endpoints: options.endpoints, repository, clock, logger });
  await noteEvents({ outbox, repository, monitor, moves, publisher, clock, logger });
  registerNotificationMetrics({ registry: options.metrics, outbox, repository });
  monitor.onHealth(auditHealth(audit));
  auditMoves(audit, moves);
  const signals = createFleetSignals();
  signalChanges({ signals, monitor, moves, audit });
  const history = createFleetHistory({
    repository: createFleetHistoryRepository(database),
    now: options.condition,
    clock,
    logger,
  });
  return {
    signals,
    history,
    outbox,
    async start() {
      await outbox.start();
      history.start();
    },
    async close() {
      history.close();
      await outbox.close();
    },
  };
}
