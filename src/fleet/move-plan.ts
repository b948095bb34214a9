/** Who moves where: decided once, before anything is touched. */
import { matchSpoke, type PlacementRules } from './placement.ts';

export type MoveReason = 'reassign' | 'drain' | 'failover' | 'rebalance';

/** An envoy that the selection of a move found. */
export interface MoveCandidate {
  readonly id: string;
  readonly hostname: string;
  /** Its owner. */
  readonly spoke: string;
  /** The running move that has it already. */
  readonly moveId?: string | undefined;
}

/** A spoke as a target. */
export interface MoveTarget {
  readonly id: string;
  /** It is online and eligible. */
  readonly accepts: boolean;
  /** Envoys that it has now. */
  readonly envoys: number;
}

export interface MovePlanInput {
  readonly reason: MoveReason;
  readonly candidates: readonly MoveCandidate[];
  /** In the order of the configuration. */
  readonly targets: readonly MoveTarget[];
  readonly rules: PlacementRules;
  /** A target for all of them; without it each host name decides. */
  readonly to?: string | undefined;
  /** Where envoys go whose host name matches no other spoke: to the one with the fewest envoys, or nowhere. */
  readonly fallback: 'least_loaded' | 'none';
}

export interface PlannedEnvoy {
  readonly id: string;
  readonly hostname: string;
  readonly from: string;
  readonly to: string;
}

export interface SkippedEnvoy {
  readonly id: string;
  readonly hostname: string;
  readonly reason: string;
  /** It is where it should be: nothing is missing. */
  readonly settled: boolean;
}

export interface MovePlan {
  readonly planned: readonly PlannedEnvoy[];
  readonly skipped: readonly SkippedEnvoy[];
  readonly legs: readonly { readonly from: string; readonly to: string; readonly envoys: number }[];
}

/** Every candidate is either planned or skipped with a reason; never both, never neither. */
export function planMove(input: MovePlanInput): MovePlan {
  const load = new Map(input.targets.map((target) => [target.id, target.envoys]));
  const planned: PlannedEnvoy[] = [];
  const skipped: SkippedEnvoy[] = [];
  for (const envoy of input.candidates) {
    const choice = chooseTarget(input, envoy, load);
    if ('to' in choice) {
      planned.push({ id: envoy.id, hostname: envoy.hostname, from: envoy.spoke, to: choice.to });
      load.set(choice.to, (load.get(choice.to) ?? 0) + 1);
    } else {
      skipped.push({ id: envoy.id, hostname: envoy.hostname, reason: choice.reason, settled: choice.settled ?? false });
    }
  }
  return { planned, skipped, legs: countLegs(planned) };
}

type Choice = { readonly to: string } | { readonly reason: string; readonly settled?: true };

function chooseTarget(input: MovePlanInput, envoy: MoveCandidate, load: ReadonlyMap<string, number>): Choice {
  if (envoy.moveId) return { reason: `is part of move ${envoy.moveId}, which is still running` };
  const accepts = (spoke: string) => input.targets.some((target) => target.id === spoke && target.accepts);
  if (input.to !== undefined) {
    if (envoy.spoke === input.to) return { reason: `is on ${input.to} already`, settled: true };
    return accepts(input.to) ? { to: input.to } : { reason: `${input.to} does not take envoys now` };
  }
  if (input.reason === 'rebalance') return chooseHome(input, envoy, accepts);
  const matched = matchSpoke(input.rules, envoy.hostname, (spoke) => spoke !== envoy.spoke && accepts(spoke));
  if (matched) return { to: matched };
  const others = input.targets.filter((target) => target.id !== envoy.spoke && target.accepts);
  if (others.length === 0) return { reason: 'no other spoke is healthy and eligible' };
  if (input.fallback === 'none')
    return { reason: "no other spoke's patterns match, and auto_failover.fallback is none" };
  const loadOf = (spoke: string) => load.get(spoke) ?? 0;
  return { to: others.reduce((best, target) => (loadOf(target.id) < loadOf(best.id) ? target : best)).id };
}

function chooseHome(input: MovePlanInput, envoy: MoveCandidate, accepts: (spoke: string) => boolean): Choice {
  const home = matchSpoke(input.rules, envoy.hostname) ?? input.rules.defaultSpoke;
  if (!home) return { reason: 'no pattern matches its host name' };
  if (home === envoy.spoke) return { reason: `is at home on ${home}`, settled: true };
  return accepts(home) ? { to: home } : { reason: `its home ${home} does not take envoys now` };
}

function countLegs(planned: readonly PlannedEnvoy[]): MovePlan['legs'] {
  const legs = new Map<string, { from: string; to: string; envoys: number }>();
  for (const { from, to } of planned) {
    const leg = legs.get(`${from} ${to}`) ?? { from, to, envoys: 0 };
    leg.envoys += 1;
    legs.set(`${from} ${to}`, leg);
  }
  return [...legs.values()];
}
