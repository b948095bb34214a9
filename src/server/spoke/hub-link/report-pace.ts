/** When a spoke reports, and how long it waits for an answer. All times in milliseconds. */

/** Of each interval this part is random: spokes that were started together must not stay together. */
const JITTER = 0.2;
/** The first report comes soon after the start, and not from all spokes of a data centre in the same instant. */
const FIRST_WITHIN_MS = 1_000;
/** A hub that does not answer a few hundred bytes in this time does not answer. */
const MAX_ATTEMPT_MS = 5_000;
/** Below the shortest time between two reports. */
const ATTEMPT_SHARE = 0.8;
/** Also a search through addresses that all hang leaves a pause between its rounds. */
const MIN_PAUSE_SHARE = 0.1;

/** Delay of the first report after the start. `random` in [0, 1). */
export const firstReportAfter = (intervalMs: number, random: number): number =>
  Math.min(intervalMs, FIRST_WITHIN_MS) * random;

/** From the beginning of a report to the beginning of the next: the interval ± half of the jitter. */
export const nextReportAfter = (intervalMs: number, random: number): number =>
  intervalMs * (1 + JITTER * (random - 0.5));

/** The longest that `nextReportAfter` gives: what the hub is told. */
export const longestInterval = (intervalMs: number): number => Math.ceil(intervalMs * (1 + JITTER / 2));

/** The least pause between two reports, however long the first took. */
export const leastPause = (intervalMs: number): number => intervalMs * MIN_PAUSE_SHARE;

/** Deadline of one attempt. */
export const attemptTimeout = (intervalMs: number): number => Math.min(MAX_ATTEMPT_MS, intervalMs * ATTEMPT_SHARE);
