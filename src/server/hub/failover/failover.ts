/**
 * Drains failed spokes by themselves, when that is switched on.
 *
 * Whenever a probe was counted or a move has ended, everything is looked at anew and `fleet/failover-policy.ts` decides; this is
 * the loop around it. Nothing is remembered but pauses between attempts: what was decided is in the journal of moves, so that
 * after a restart the hub comes to the same decisions.
 */
import { backoff } from '../../../fleet/checkin-schedule.ts';
import { messageOf } from '../../../fleet/errors.ts';
import {
  decideFailover,
  type FailoverDecision,
  type FailoverInput,
  type FailoverSpoke,
  unconfirmed,
  unplacedEnvoys,
} from '../../../fleet/failover-policy.ts';
import { isDown } from '../../../fleet/spoke-health.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { AutoFailoverConfig } from '../../config/server-config.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Directory } from '../directory.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { MovePlanner } from '../moves/move-planner.ts';
import type { MoveService } from '../moves/move-service.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { Restoration } from '../restoration/restoration.ts';
import type { SpokeRegistry } from '../spoke-registry.ts';
import { createHeldLog } from './held-log.ts';

/** Longest time until a spoke that could not be emptied is tried again. */
const MAX_PAUSE_MS = 10 * 60_000;

export interface FailoverOptions {
  readonly config: AutoFailoverConfig;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  readonly registry: SpokeRegistry;
  readonly directory: Directory;
  readonly planner: MovePlanner;
  readonly restoration: Pick<Restoration, 'isUnreconciled'>;
  readonly moves: Pick<MoveService, 'start' | 'running' | 'onEnded'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Failover {
  /** What holds drains back now. */
  readonly decision: FailoverDecision;
  /** Envoys on failed spokes that no other spoke takes. */
  unplaced(): number;
  start(): void;
  close(): void;
}

interface Attempts {
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly pausedUntil: number;
}

export function createFailover(options: FailoverOptions): Failover {
  const { config, links, monitor, moves, audit, clock, logger } = options;
  const attempts = new Map<string, Attempts>();
  const heldLog = createHeldLog({ audit, logger });
  let decision: FailoverDecision = { drain: undefined, frozen: false, reason: '', held: [] };
  /** The spoke for which a move is being planned. */
  let starting: string | undefined;
  let active = false;

  const look = (): FailoverInput => ({
    enabled: config.enabled,
    threshold: config.threshold,
    maxUnhealthyFraction: config.maxUnhealthyFraction,
    spokes: links.all.map(({ spec }) => spokeOf(options, spec.id, attempts.get(spec.id)?.pausedUntil ?? 0)),
    draining: starting ?? moves.running().find(({ reason }) => reason === 'failover')?.from_spoke ?? undefined,
    now: clock.now(),
    placeable: (spoke) => options.planner.plan({ reason: 'failover', from: spoke }).planned.length,
  });

  /** An attempt has ended. At least one round of probes until the next, and the longer, the more often it was no use. */
  const pause = (spoke: string): void => {
    const count = (attempts.get(spoke)?.count ?? 0) + 1;
    const window = { baseMs: config.intervalMs, capMs: Math.max(config.intervalMs, MAX_PAUSE_MS) };
    const pausedUntil = clock.now() + config.intervalMs + backoff(window, count, clock.random());
    attempts.set(spoke, { count, pausedUntil });
  };

  const drain = async (spoke: string, why: string): Promise<void> => {
    starting = spoke;
    try {
      await audit.record({ actor: 'hub', action: 'failover.drain', subject: spoke, detail: why });
      logger.warn({ spoke, reason: why }, 'spoke has failed and is being drained');
      const { id } = await moves.start({
        reason: 'failover',
        from: spoke,
        dryRun: false,
        comment: why.slice(0, 500),
        actor: 'auto-failover',
        maxRate: config.maxRate,
      });
      if (id === '') pause(spoke);
    } catch (error) {
      logger.error({ spoke, error: messageOf(error) }, 'failed spoke not drained');
      pause(spoke);
    } finally {
      starting = undefined;
    }
  };

  const evaluate = (): void => {
    if (!active) return;
    for (const { spec } of links.all) {
      if (!isDown(monitor.view(spec.id)?.health.health ?? 'unknown')) attempts.delete(spec.id);
    }
    const input = look();
    decision = decideFailover(input);
    heldLog.show(decision);
    confirm(input);
    if (decision.drain === undefined) return;
    const { health } = monitor.view(decision.drain) ?? {};
    void drain(decision.drain, `${health?.failures ?? 0} failed probes in a row: ${health?.reason ?? ''}`);
  };

  /** Asks those on whose answers a drain waits; each answer that counts leads back here. */
  const confirm = (input: FailoverInput): void => {
    for (const { spoke, guard } of decision.held) {
      const failed = input.spokes.find(({ id }) => id === spoke);
      if (guard !== 'unconfirmed' || !failed) continue;
      for (const other of unconfirmed(input, failed)) void monitor.retry(other);
    }
  };

  monitor.onHealth(evaluate);
  moves.onEnded(({ reason, from_spoke }) => {
    if (reason === 'failover' && from_spoke !== null) pause(from_spoke);
    evaluate();
  });
  return {
    get decision() {
      return decision;
    },
    unplaced: () => unplacedEnvoys(decision),
    start() {
      active = config.enabled;
      evaluate();
    },
    close() {
      active = false;
    },
  };
}

function spokeOf(options: FailoverOptions, id: string, pausedUntil: number): FailoverSpoke {
  const { monitor, registry, directory } = options;
  const health = monitor.view(id)?.health;
  const envoys = directory.countOn(id);
  const down = isDown(health?.health ?? 'unknown');
  return {
    id,
    health: health?.health ?? 'unknown',
    since: health?.since ?? 0,
    failures: health?.failures ?? 0,
    lastGoodAt: health?.lastGoodAt,
    envoys: down && envoys > 0 ? idleOn(directory, id) : envoys,
    parked: registry.get(id).eligibility === 'drained' && envoys === 0,
    unreconciled: options.restoration.isUnreconciled(id),
    pausedUntil,
  };
}

/** Envoys of a spoke that no move has. */
function idleOn(directory: Directory, spoke: string): number {
  let count = 0;
  for (const placement of directory.sorted({ field: 'hostname', descending: false }))
    if (placement.spoke === spoke && placement.moveId === undefined) count++;
  return count;
}
