/**
 * Which failed spoke is drained by itself, and what speaks against it.
 *
 * A drain that was not needed costs more than one that comes a probe later. So whatever may also be explained by the hub's own
 * trouble, or by a network between two that live, holds it back; each guard is named and can be seen.
 */
import { isDown, type SpokeHealth } from './spoke-health.ts';

/** What holds a drain back. */
export type FailoverGuard =
  /** It still pushes reports: alive, and only out of the hub's reach. */
  | 'reporting'
  /** All spokes fail: the hub suspects itself. */
  | 'all_failed'
  /** Too many spokes fail at once: likewise. */
  | 'fraction'
  /** Others have not answered since: whether they do is being found out. */
  | 'unconfirmed'
  /** Another automatic drain goes on. */
  | 'running'
  /** No other spoke takes what is left on it. */
  | 'no_place'
  /** The last attempt has just ended without emptying it. */
  | 'paused'
  /** The hub was restored from a backup, and what it knows of this spoke is as old as that. */
  | 'unreconciled';

export interface FailoverSpoke {
  readonly id: string;
  readonly health: SpokeHealth;
  /** Since when, milliseconds since 1970 UTC. */
  readonly since: number;
  /** Bad probes in a row. */
  readonly failures: number;
  readonly lastGoodAt: number | undefined;
  /** Envoys that it owns and that no move has. */
  readonly envoys: number;
  /** An operator has emptied it: that it fails says nothing about the hub. */
  readonly parked: boolean;
  /** The directory was restored from a backup, and has not been compared with what this spoke knows. */
  readonly unreconciled: boolean;
  /** No attempt before then, milliseconds since 1970 UTC; 0 if there was none. */
  readonly pausedUntil: number;
}

export interface FailoverInput {
  readonly enabled: boolean;
  /** Bad probes in a row before a drain. */
  readonly threshold: number;
  /** Above 0, at most 1; one spoke may always fail. */
  readonly maxUnhealthyFraction: number;
  /** In the order of the configuration. */
  readonly spokes: readonly FailoverSpoke[];
  /** The spoke that is being drained by itself. */
  readonly draining: string | undefined;
  readonly now: number;
  /** How many of its envoys other spokes would take. Asked only when nothing else speaks against a drain. */
  readonly placeable: (spoke: string) => number;
}

export interface HeldDrain {
  readonly spoke: string;
  readonly guard: FailoverGuard;
  /** In words. */
  readonly reason: string;
  readonly envoys: number;
}

export interface FailoverDecision {
  /** The spoke to drain now. */
  readonly drain: string | undefined;
  /** The hub suspects itself: nothing is drained until that is over. */
  readonly frozen: boolean;
  /** Why it is frozen; empty if it is not. */
  readonly reason: string;
  /** Failed spokes with envoys that are not drained. */
  readonly held: readonly HeldDrain[];
}

const NOTHING: FailoverDecision = { drain: undefined, frozen: false, reason: '', held: [] };

type Doubt = { readonly guard: FailoverGuard; readonly reason: string };

export function decideFailover(input: FailoverInput): FailoverDecision {
  if (!input.enabled) return NOTHING;
  const counted = input.spokes.filter((spoke) => !spoke.parked);
  const failed = input.spokes.filter(({ health, failures }) => isDown(health) && failures >= input.threshold);
  const selfDoubt = failed.some((spoke) => !spoke.parked)
    ? doubtItself(input, counted, counted.filter(isFailing))
    : undefined;
  // The one that failed first goes first.
  const candidates = failed.filter((spoke) => spoke.envoys > 0).toSorted((a, b) => a.since - b.since);
  const held: HeldDrain[] = [];
  let drain: string | undefined;
  for (const spoke of candidates) {
    if (spoke.id === input.draining) continue;
    const doubt = doubtAbout(input, spoke, counted, selfDoubt, drain);
    if (doubt) held.push({ spoke: spoke.id, ...doubt, envoys: spoke.envoys });
    else drain = spoke.id;
  }
  return { drain, frozen: selfDoubt !== undefined, reason: selfDoubt?.reason ?? '', held };
}

const isFailing = ({ health, failures }: FailoverSpoke): boolean => isDown(health) || failures > 0;

/** What would make the hub suspect itself if just `failing` of `counted` did not answer. */
function doubtItself(
  { maxUnhealthyFraction }: FailoverInput,
  counted: readonly FailoverSpoke[],
  failing: readonly FailoverSpoke[],
): Doubt | undefined {
  const all = counted.length;
  if (failing.length === all) {
    const reason = `${all === 1 ? 'the only spoke fails' : `all ${all} spokes fail at once`}: the hub itself may be cut off`;
    return { guard: 'all_failed', reason };
  }
  if (failing.length <= 1 || failing.length / all <= maxUnhealthyFraction) return undefined;
  const names = failing.map(({ id }) => id).join(', ');
  const reason = `${failing.length} of ${all} spokes fail at once (${names}), more than max_unhealthy_fraction ${maxUnhealthyFraction}`;
  return { guard: 'fraction', reason };
}

function doubtAbout(
  input: FailoverInput,
  spoke: FailoverSpoke,
  counted: readonly FailoverSpoke[],
  selfDoubt: Doubt | undefined,
  chosen: string | undefined,
): Doubt | undefined {
  if (spoke.health === 'unreachable')
    return { guard: 'reporting', reason: 'it still pushes reports: unreachable from here, but not dead' };
  if (spoke.unreconciled)
    return {
      guard: 'unreconciled',
      reason: 'the hub was restored from a backup, and this spoke has not said since who lives on it',
    };
  if (selfDoubt) return selfDoubt;
  const silent = unconfirmed(input, spoke);
  const others = counted.filter((other) => isFailing(other) || silent.includes(other.id));
  if (silent.length > 0 && doubtItself(input, counted, others))
    return { guard: 'unconfirmed', reason: `${silent.join(', ')} must answer first: the hub itself may be cut off` };
  const draining = input.draining ?? chosen;
  if (draining !== undefined)
    return { guard: 'running', reason: `${draining} is being drained: one automatic drain at a time` };
  if (input.placeable(spoke.id) === 0)
    return { guard: 'no_place', reason: 'no other spoke takes the envoys that are left on it' };
  if (spoke.pausedUntil > input.now)
    return { guard: 'paused', reason: 'the last attempt did not empty it; the next one follows after a pause' };
  return undefined;
}

/** Envoys on failed spokes that no other spoke takes. */
export function unplacedEnvoys({ held }: Pick<FailoverDecision, 'held'>): number {
  return held.filter(({ guard }) => guard === 'no_place').reduce((sum, { envoys }) => sum + envoys, 0);
}

/** Spokes that answered before `failed` was given up, and have not been asked since. */
export function unconfirmed(input: Pick<FailoverInput, 'spokes'>, failed: FailoverSpoke): string[] {
  return input.spokes
    .filter((other) => other.id !== failed.id && !other.parked && !isFailing(other))
    .filter(({ lastGoodAt }) => lastGoodAt === undefined || lastGoodAt < failed.since)
    .map(({ id }) => id);
}
