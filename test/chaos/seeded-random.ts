/** Chance that can be repeated: the same seed gives the same choices. */
import { createFakeClock } from '../support/fake-clock.ts';

export interface SeededRandom {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True so often: 0 never, 1 always. */
  chance(part: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** `count` different ones, in the order of `items`. */
  some<T>(items: readonly T[], count: number): T[];
  /** Each as often as its weight says. */
  weighted<const T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
}

export function createSeededRandom(seed: number): SeededRandom {
  const { random } = createFakeClock({ seed });
  const int = (min: number, max: number): number => min + Math.floor(random() * (max - min + 1));
  const pick = <T>(items: readonly T[]): T => items[int(0, items.length - 1)] as T;
  return {
    int,
    pick,
    chance: (part) => random() < part,
    some(items, count) {
      const left = [...items];
      const chosen = new Set<(typeof items)[number]>();
      while (chosen.size < count && left.length > 0) {
        for (const item of left.splice(int(0, left.length - 1), 1)) chosen.add(item);
      }
      return items.filter((item) => chosen.has(item));
    },
    weighted(choices) {
      let left = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, choice] of choices) {
        left -= weight;
        if (left < 0) return choice;
      }
      return (choices.at(-1) as (typeof choices)[number])[1];
    },
  };
}
