/** When something is tried again that another party has not taken, and when that is given up. */

/** Between the first and the second try, milliseconds: a restart of the other party. */
const FIRST_MS = 5_000;
const FACTOR = 3;
/** Somebody has mended it in the morning: it need not take until the evening. */
export const LONGEST_DELAY_MS = 4 * 3_600_000;
/** With the delays above the last one comes about a day after the first. */
export const MAX_TRIES = 14;
/** What has failed together is not tried together. */
const SPREAD = 0.2;

/** Milliseconds from the `tries`-th failed try to the next; undefined if it was the last. `random` in [0, 1). */
export function retryDelay(tries: number, random: number): number | undefined {
  if (tries >= MAX_TRIES) return undefined;
  const delay = Math.min(FIRST_MS * FACTOR ** (tries - 1), LONGEST_DELAY_MS);
  return delay * (1 - SPREAD + 2 * SPREAD * random);
}
