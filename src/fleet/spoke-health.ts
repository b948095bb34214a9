/**
 * The health of a spoke: a pure state machine fed by probes.
 *
 *   unknown ──good──▶ healthy ◀──good── suspect          (a good probe is only enough when no notices are pending:
 *      │                 └────bad────────▶ │              otherwise the spoke is recovering)
 *      └─threshold bad─▶ unhealthy ◀─threshold bad─┘
 *                            └──good──▶ recovering ──recoveryThreshold good, no notices pending──▶ healthy
 *                                            └──bad──▶ unhealthy
 *
 * What operators say (eligible, cordoned, ...) is kept apart from it.
 */
export type SpokeHealth = 'unknown' | 'healthy' | 'suspect' | 'unhealthy' | 'recovering';

/** What operators say about a spoke. */
export type SpokeEligibility = 'eligible' | 'cordoned' | 'draining' | 'drained';

export interface HealthState {
  readonly health: SpokeHealth;
  /** Since when it is in this state, milliseconds since 1970 UTC. */
  readonly since: number;
  /** Why it is not healthy; empty if it is. */
  readonly reason: string;
  /** Bad probes in a row. */
  readonly failures: number;
  /** Good probes in a row. */
  readonly successes: number;
  readonly lastProbeAt: number | undefined;
  readonly lastGoodAt: number | undefined;
}

export type ProbeResult =
  | {
      readonly ok: true;
      readonly at: number /** Notices that could not be delivered yet. */;
      readonly pendingNotices: number;
    }
  | { readonly ok: false; readonly at: number; readonly reason: string };

export interface HealthPolicy {
  /** Bad probes in a row after which a spoke is unhealthy. */
  readonly threshold: number;
  /** Good probes in a row after which an unhealthy spoke is healthy again. */
  readonly recoveryThreshold: number;
}

export function initialHealth(now: number): HealthState {
  return {
    health: 'unknown',
    since: now,
    reason: 'not probed yet',
    failures: 0,
    successes: 0,
    lastProbeAt: undefined,
    lastGoodAt: undefined,
  };
}

export function nextHealth(state: HealthState, probe: ProbeResult, policy: HealthPolicy): HealthState {
  const counted = probe.ok
    ? { ...state, failures: 0, successes: state.successes + 1, lastProbeAt: probe.at, lastGoodAt: probe.at }
    : { ...state, failures: state.failures + 1, successes: 0, lastProbeAt: probe.at };
  const { health, reason } = probe.ok
    ? afterGood(counted, probe.pendingNotices, policy)
    : afterBad(counted, probe.reason, policy);
  return { ...counted, health, reason, since: health === state.health ? state.since : probe.at };
}

type Verdict = Pick<HealthState, 'health' | 'reason'>;

function afterGood(state: HealthState, pendingNotices: number, policy: HealthPolicy): Verdict {
  if (pendingNotices > 0) {
    return { health: 'recovering', reason: `${pendingNotices} releases or revocations are still to be delivered` };
  }
  const wasDown = state.health === 'unhealthy' || state.health === 'recovering';
  if (wasDown && state.successes < policy.recoveryThreshold) {
    return {
      health: 'recovering',
      reason: `answers again: ${state.successes} of ${policy.recoveryThreshold} good probes`,
    };
  }
  return { health: 'healthy', reason: '' };
}

function afterBad(state: HealthState, reason: string, policy: HealthPolicy): Verdict {
  const wasDown = state.health === 'unhealthy' || state.health === 'recovering';
  if (wasDown || state.failures >= policy.threshold) return { health: 'unhealthy', reason };
  const counted = `${reason} (${state.failures} of ${policy.threshold} failed probes)`;
  return { health: state.health === 'unknown' ? 'unknown' : 'suspect', reason: counted };
}

/** Online in the words of the JSON contract. */
export function isOnline(health: SpokeHealth): boolean {
  return health === 'healthy' || health === 'suspect';
}

/** Whether envoys may be given to it. */
export function acceptsEnvoys(health: SpokeHealth, eligibility: SpokeEligibility): boolean {
  return isOnline(health) && eligibility === 'eligible';
}
