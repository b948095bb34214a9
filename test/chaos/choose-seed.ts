/** The seed of a run: the one that was asked for, else CHAOS_SEED, else one by chance. */
import { systemClock } from '../../src/platform/clock.ts';

/** Throws if it is not a whole number. */
export function chooseSeed(asked: string | undefined): number {
  const text = asked ?? process.env.CHAOS_SEED;
  const seed = text ? Number(text) : Math.floor(systemClock.random() * 2 ** 31);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`the seed is ${text}: expected a whole number`);
  return seed;
}
