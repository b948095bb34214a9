/** How long to wait before the next try. */

export interface BackoffOptions {
  /** Before the second try, milliseconds. */
  readonly baseMs: number;
  /** Never longer, milliseconds. */
  readonly capMs: number;
}

/**
 * Doubles with each failure. Half of it is left to chance, so that all who lost a server together do not return together.
 * `failures` from 1, `chance` from 0 to 1.
 */
export function backoff({ baseMs, capMs }: BackoffOptions, failures: number, chance: number): number {
  const full = Math.min(capMs, baseMs * 2 ** (failures - 1));
  return full / 2 + (full / 2) * chance;
}
