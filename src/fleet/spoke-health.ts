/**
 * The health of a spoke: a pure state machine fed by probes and by the reports that the spoke pushes.
 *
 *   unknown ──good──▶ healthy ◀──good── suspect          (a good probe is only enough when no notices are pending)
 *      │                 └─bad, busy────▶ │
 *      └─threshold bad─▶ unhealthy ◀─threshold bad─┘
 *                            │ ▲
 *            it still reports│ │no report any more
 *                            ▼ │
 *                        unreachable
 *   unhealthy, unreachable ──good, busy──▶ recovering ──recoveryThreshold good, no notices pending──▶ healthy
 *                                              └──bad──▶ unhealthy
 *
 * A probe that fails by the hub's own fault says nothing about the spoke and is not counted; a spoke that answers "too busy"
 * lives. What operators say (eligible, cordoned, ...) is kept apart from all this.
 */
export const SPOKE_HEALTHS = ['unknown', 'healthy', 'suspect', 'unhealthy', 'unreachable', 'recovering'] as const;
export type SpokeHealth = (typeof SPOKE_HEALTHS)[number];

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
  /** When it last pushed a report. */
  readonly lastReportAt: number | undefined;
  /** Until when that report is a sign of life; 0 if there is none. */
  readonly aliveUntil: number;
}

export type ProbeResult =
  | {
      readonly outcome: 'good';
      readonly at: number;
      /** Releases, revocations and corrections that it has not taken yet. */
      readonly pendingNotices: number;
    }
  | {
      /** bad: no answer; busy: it answered that it has too much to do; own_fault: the hub could not ask. */
      readonly outcome: 'bad' | 'busy' | 'own_fault';
      readonly at: number;
      readonly reason: string;
    };

export interface HealthPolicy {
  /** Bad probes in a row after which a spoke is unhealthy. */
  readonly threshold: number;
  /** Good probes in a row after which an unhealthy spoke is healthy again. */
  readonly recoveryThreshold: number;
}

/** A report is a sign of life until the next one is overdue by half of the time between two. */
const REPORT_GRACE = 1.5;

export function initialHealth(now: number): HealthState {
  return {
    health: 'unknown',
    since: now,
    reason: 'not probed yet',
    failures: 0,
    successes: 0,
    lastProbeAt: undefined,
    lastGoodAt: undefined,
    lastReportAt: undefined,
    aliveUntil: 0,
  };
}

export function nextHealth(state: HealthState, probe: ProbeResult, policy: HealthPolicy): HealthState {
  const probed = { ...state, lastProbeAt: probe.at };
  switch (probe.outcome) {
    case 'good': {
      const counted = { ...probed, failures: 0, successes: state.successes + 1, lastGoodAt: probe.at };
      return become(counted, probe.at, afterGood(counted, probe.pendingNotices, policy));
    }
    case 'busy':
      return become({ ...probed, failures: 0 }, probe.at, afterBusy(state, probe.reason));
    case 'own_fault':
      return become(probed, probe.at, {
        health: state.health === 'healthy' ? 'suspect' : state.health,
        reason: `not probed, by the hub's own fault: ${probe.reason}`,
      });
    case 'bad': {
      const counted = { ...probed, failures: state.failures + 1, successes: 0 };
      return become(counted, probe.at, afterBad(counted, probe, policy));
    }
  }
}

/** The spoke has pushed a report; `intervalMs`: until its next. */
export function afterReport(
  state: HealthState,
  report: { readonly at: number; readonly intervalMs: number },
): HealthState {
  const { at, intervalMs } = report;
  const reported = { ...state, lastReportAt: at, aliveUntil: at + REPORT_GRACE * intervalMs };
  if (state.health !== 'unhealthy') return reported;
  return become(reported, at, { health: 'unreachable', reason: unreachableBecause(state.reason) });
}

/** The connection on which it reported has ended: its last report is no sign of life any more. */
export function afterReporterLeft(state: HealthState): HealthState {
  return { ...state, aliveUntil: 0 };
}

type Verdict = Pick<HealthState, 'health' | 'reason'>;

const become = (state: HealthState, at: number, { health, reason }: Verdict): HealthState => ({
  ...state,
  health,
  reason,
  since: health === state.health ? state.since : at,
});

function afterGood(state: HealthState, pendingNotices: number, policy: HealthPolicy): Verdict {
  if (pendingNotices > 0) {
    const reason = `${pendingNotices} releases, revocations or corrections are still to be delivered`;
    return { health: isOnline(state.health) ? 'suspect' : 'recovering', reason };
  }
  if (wasDown(state) && state.successes < policy.recoveryThreshold) {
    return {
      health: 'recovering',
      reason: `answers again: ${state.successes} of ${policy.recoveryThreshold} good probes`,
    };
  }
  return { health: 'healthy', reason: '' };
}

const afterBusy = (state: HealthState, reason: string): Verdict => ({
  health: wasDown(state) ? 'recovering' : 'suspect',
  reason: `busy: ${reason}`,
});

function afterBad(state: HealthState, { at, reason }: { at: number; reason: string }, policy: HealthPolicy): Verdict {
  if (wasDown(state) || state.failures >= policy.threshold) {
    if (state.aliveUntil <= at) return { health: 'unhealthy', reason };
    return { health: 'unreachable', reason: unreachableBecause(reason) };
  }
  const counted = `${reason} (${state.failures} of ${policy.threshold} failed probes)`;
  return { health: state.health === 'unknown' ? 'unknown' : 'suspect', reason: counted };
}

const unreachableBecause = (reason: string): string => `it pushes reports, but cannot be probed: ${reason}`;

const wasDown = ({ health }: HealthState): boolean => isDown(health) || health === 'recovering';

/** Online in the words of the JSON contract. */
export function isOnline(health: SpokeHealth): boolean {
  return health === 'healthy' || health === 'suspect';
}

/** Whether it is known that it does not answer the hub: nobody need wait for it. */
export function isDown(health: SpokeHealth): boolean {
  return health === 'unhealthy' || health === 'unreachable';
}

/** Whether envoys may be given to it. */
export function acceptsEnvoys(health: SpokeHealth, eligibility: SpokeEligibility): boolean {
  return isOnline(health) && eligibility === 'eligible';
}
