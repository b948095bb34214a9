/**
 * When agents come back. The server decides, so that a fleet of any size stays under a rate that the server can carry.
 *
 * Every delay is spread: agents that were started, cut off or redirected together must not stay together.
 */

/** Of each interval this part is random: enough to dissolve a herd in a few rounds, little enough to keep a rhythm. */
export const CHECKIN_JITTER = 0.2;

/** An envoy counts as offline after so many of its own intervals without a check-in. */
export const OFFLINE_AFTER_INTERVALS = 2.5;

const LOCATE_SPREAD = 0.1;

export interface CheckinPace {
  /** Wished time between two check-ins of one envoy, milliseconds. */
  readonly intervalMs: number;
  /** Check-ins per second that a server asks its agents to stay under. */
  readonly maxRate: number;
}

/** The mean interval for a fleet of `envoys`: the wished one, or longer if that many would exceed the rate. */
export function scaledInterval(pace: CheckinPace, envoys: number): number {
  return Math.max(pace.intervalMs, (envoys / pace.maxRate) * 1000);
}

/** Delay until the next check-in: the scaled interval ± half of the jitter. `random` in [0, 1). */
export function nextCheckinAfter(pace: CheckinPace, envoys: number, random: number): number {
  return Math.round(scaledInterval(pace, envoys) * (1 + CHECKIN_JITTER * (random - 0.5)));
}

/**
 * Time without a check-in after which an envoy is offline: counted in the longest interval that is handed out now, or in
 * the one that this envoy was told, if that was longer: it may have been told when the fleet was larger.
 *
 * `toldMs`: 0 if that is not known, as after a restart.
 */
export function offlineAfter(pace: CheckinPace, envoys: number, toldMs = 0): number {
  const longest = scaledInterval(pace, envoys) * (1 + CHECKIN_JITTER / 2);
  return Math.max(longest, toldMs) * OFFLINE_AFTER_INTERVALS;
}

/** Time over which `envoys` that were redirected together are spread: never longer than an interval. */
export function redirectSpread(pace: CheckinPace, envoys: number): number {
  return Math.min((envoys / pace.maxRate) * 1000, scaledInterval(pace, envoys));
}

/**
 * Time over which agents are spread that have asked a hub for their spoke. They do not come together, as those of a redirect
 * do: each has asked at a time of its own. A tenth of an interval is enough, and is never what keeps one from being served
 * within an interval of its new owner being named.
 */
export function locateSpread(pace: CheckinPace, envoys: number): number {
  return Math.min(redirectSpread(pace, envoys), scaledInterval(pace, envoys) * LOCATE_SPREAD);
}

export interface BackoffPolicy {
  /** First delay, milliseconds. */
  readonly baseMs: number;
  /** No delay is drawn from a wider window than this, milliseconds. */
  readonly capMs: number;
}

/**
 * Full jitter over a doubling window: uniform in [0, min(cap, base × 2^failures)).
 * The cap limits the window, not the drawn delay, so the spread survives it.
 */
export function backoff(policy: BackoffPolicy, failures: number, random: number): number {
  return Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(failures, 30)) * random;
}
