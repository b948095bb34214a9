/** Turns an operator's wish into a plan: gathers what the pure planner needs, and refuses wishes that cannot be meant. */
import { VigoError } from '../../../fleet/errors.ts';
import { type MovePlan, type MoveReason, type MoveTarget, planMove } from '../../../fleet/move-plan.ts';
import { compilePattern } from '../../../fleet/patterns.ts';
import { homeSpoke, type PlacementRules } from '../../../fleet/placement.ts';
import { acceptsEnvoys, isOnline } from '../../../fleet/spoke-health.ts';
import type { Directory, Placement } from '../directory.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { SpokeRegistry } from '../spoke-registry.ts';

export interface MoveWish {
  readonly reason: MoveReason;
  /** reassign: glob over host names. */
  readonly hostname?: string | undefined;
  /** drain, failover: the spoke to be emptied. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface MovePlannerOptions {
  readonly directory: Directory;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  readonly registry: SpokeRegistry;
  readonly rules: PlacementRules;
  readonly fallback: 'least_loaded' | 'none';
}

export interface MovePlanner {
  /** Waits, a few seconds at most, until it is known how the spokes are that the wish is about. Throws SPOKE_NOT_FOUND. */
  prepare(wish: MoveWish): Promise<void>;
  /**
   * From what is known now, so that it can be asked while the directory is locked.
   * Throws SPOKE_NOT_FOUND, SPOKE_UNAVAILABLE, SPOKE_NOT_ELIGIBLE, INVALID_PATTERN, INVALID_ARGUMENT. Changes nothing.
   */
  plan(wish: MoveWish): MovePlan;
}

export function createMovePlanner(options: MovePlannerOptions): MovePlanner {
  const { directory, links, monitor, registry, rules, fallback } = options;
  return {
    async prepare({ to }) {
      await Promise.all(links.all.map(({ spec }) => monitor.known(spec.id)));
      if (to === undefined) return;
      links.get(to);
      // It may have come back since its last probe.
      if (!isOnline(monitor.view(to)?.health.health ?? 'unknown')) await monitor.retry(to);
    },
    plan(wish) {
      const selects = selection(options, wish);
      if (wish.to !== undefined) requireTarget(options, wish.to);
      const targets = links.all.map(({ spec }): MoveTarget => {
        const health = monitor.view(spec.id)?.health.health ?? 'unknown';
        const accepts = acceptsEnvoys(health, registry.get(spec.id).eligibility);
        return { id: spec.id, accepts, envoys: directory.countOn(spec.id) };
      });
      const candidates = directory.sorted({ field: 'hostname', descending: false }).filter(selects);
      return planMove({ reason: wish.reason, candidates, targets, rules, to: wish.to, fallback });
    },
  };
}

function selection({ directory, links, rules }: MovePlannerOptions, wish: MoveWish): (placement: Placement) => boolean {
  const { reason, from, hostname, to } = wish;
  switch (reason) {
    case 'reassign': {
      if (!hostname)
        throw new VigoError('INVALID_ARGUMENT', 'reassign needs a host name pattern; "*" moves every envoy');
      if (!to) throw new VigoError('INVALID_ARGUMENT', 'reassign needs a target spoke');
      const matches = compilePattern(hostname);
      return (placement) => matches(placement.hostname);
    }
    case 'drain':
    case 'failover': {
      if (!from) throw new VigoError('INVALID_ARGUMENT', 'drain needs the spoke to be emptied');
      if (from === to)
        throw new VigoError(
          'INVALID_ARGUMENT',
          `cannot drain ${from} to itself: name another spoke, or none to choose by pattern`,
        );
      // A spoke that left the configuration but still owns envoys is just what one wants to drain.
      if (directory.countOn(from) === 0) links.get(from);
      return (placement) => placement.spoke === from;
    }
    case 'rebalance':
      // Who is at home is not part of it: of 100,000 envoys a few hundred may be astray.
      return (placement) => homeSpoke(rules, placement.hostname) !== placement.spoke;
    default:
      return reason satisfies never;
  }
}

function requireTarget({ links, monitor, registry }: MovePlannerOptions, to: string): void {
  links.get(to);
  const health = monitor.view(to)?.health;
  const { eligibility } = registry.get(to);
  if (eligibility !== 'eligible') {
    throw new VigoError(
      'SPOKE_NOT_ELIGIBLE',
      `spoke ${to} is ${eligibility}: \`vigocli spanner uncordon ${to}\` lets it take envoys again`,
    );
  }
  if (!health || !acceptsEnvoys(health.health, eligibility)) {
    throw new VigoError(
      'SPOKE_UNAVAILABLE',
      `spoke ${to} is ${health?.health ?? 'unknown'} (${health?.reason ?? 'not probed'}): nothing was moved`,
    );
  }
}
