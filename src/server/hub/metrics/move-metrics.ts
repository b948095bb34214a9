/** Moves of envoys: those that run, how they ended, and how many envoys went. */
import { Counter, type Registry } from 'prom-client';
import type { MoveReason } from '../../../fleet/move-plan.ts';
import { registerGauges } from '../../platform/metrics/gauges.ts';
import { createTallies, type Tally } from '../../platform/metrics/tally.ts';
import type { MoveRepository } from '../../store/move-repository.ts';
import type { MoveService } from '../moves/move-service.ts';

const REASONS: readonly MoveReason[] = ['reassign', 'drain', 'failover', 'rebalance'];
const END_STATES = ['done', 'incomplete', 'cancelled'] as const;

export interface MoveMetricsOptions {
  readonly registry: Registry;
  readonly moves: Pick<MoveService, 'running' | 'onEnded' | 'get'>;
}

export function registerMoveMetrics({ registry, moves }: MoveMetricsOptions): void {
  registerGauges(registry, {
    name: 'vigo_moves_running',
    help: 'Moves that are being carried out, by reason.',
    labels: ['reason'],
    read() {
      const running = moves.running();
      return REASONS.map((reason) => [{ reason }, running.filter((move) => move.reason === reason).length] as const);
    },
  });
  const ended = new Counter({
    name: 'vigo_moves_ended_total',
    help: 'Moves that have ended, by reason and by how they ended.',
    labelNames: ['reason', 'state'],
    registers: [registry],
  });
  for (const reason of REASONS) for (const state of END_STATES) ended.inc({ reason, state }, 0);
  moves.onEnded(({ id }) => {
    // It may be beyond reading when the server stops.
    moves.get(id).then(
      ({ reason, state }) => ended.inc({ reason, state }),
      () => undefined,
    );
  });
}

/** The journal of moves, with a count of the envoys that it lets go: those that have a new owner. */
export function countMovedEnvoys(registry: Registry, repository: MoveRepository): MoveRepository {
  const moved: Record<MoveReason, Tally> = createTallies(registry, {
    name: 'vigo_envoys_moved_total',
    help: 'Envoys that were moved from one spoke to another, by reason.',
    label: 'reason',
    values: REASONS,
  });
  return {
    ...repository,
    async commit(move, items, notices, now) {
      await repository.commit(move, items, notices, now);
      moved[move.reason].add(items.length);
    },
  };
}
