/** Times that come from elsewhere: a broken or hostile peer must not get numbers in that no date can hold. */

/** Clocks of machines in one fleet differ by seconds; a day leaves room for those that were never set. */
const SKEW_MS = 24 * 3600 * 1000;

/** `ms` (since 1970 UTC) if it is a whole number between then and a little after `now`; else 0, which means "never". */
export function plausibleTime(ms: number, now: number): number {
  return Number.isInteger(ms) && ms > 0 && ms <= now + SKEW_MS ? ms : 0;
}
