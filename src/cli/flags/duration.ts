/** Durations as people write them: 90s, 5m, 24h, 7d. */
import * as Flags from '@oclif/core/flags';
import { VigoError } from '../../fleet/errors.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
// The longest that any command takes: a token of 365 days.
const MAX_MS = 366 * UNIT_MS.d;

/** Milliseconds. Throws `USAGE`. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text.trim());
  const ms = match ? Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS] : Number.NaN;
  if (!(ms > 0 && ms <= MAX_MS)) {
    throw new VigoError('USAGE', `${JSON.stringify(text)} is not a duration such as 90s, 5m, 24h or 7d (at most 366d)`);
  }
  return ms;
}

export const durationFlag = Flags.custom<number>({ helpValue: 'DURATION', parse: async (text) => parseDuration(text) });
