/** What is said about an envoy, from what is known about it. */

/** Verdict over an envoy's runs and check-ins; the names are part of the JSON contract. */
export const ENVOY_STATUSES = [
  'converged',
  'relapsed',
  'diverged',
  'degraded',
  'failed',
  'offline',
  'no_data',
] as const;
export type EnvoyStatus = (typeof ENVOY_STATUSES)[number];

/** Verdict over the runs alone. */
export type RunVerdict = Exclude<EnvoyStatus, 'offline'>;

/** Whether the last run changed something. */
export type EnvoyDrift = 'none' | 'changed';

export interface Presence {
  /** Last check-in, or the time of enrolment if there was none; milliseconds. */
  readonly lastSignAt: number;
  readonly now: number;
  /** Silence after which it is offline: `offlineAfter` of the server's pace. */
  readonly offlineAfterMs: number;
}

export function isReachable(presence: Presence): boolean {
  return presence.now - presence.lastSignAt <= presence.offlineAfterMs;
}

/** Silence outweighs every verdict: an old success says nothing about a machine that is gone. */
export function envoyStatus(verdict: RunVerdict, presence: Presence): EnvoyStatus {
  return isReachable(presence) ? verdict : 'offline';
}

/** Number of envoys in each status. */
export type Compliance = Record<EnvoyStatus, number>;

export function emptyCompliance(): Compliance {
  return { converged: 0, relapsed: 0, diverged: 0, degraded: 0, failed: 0, offline: 0, no_data: 0 };
}
