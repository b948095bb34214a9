/** Events per second, averaged over the last minute. */
import type { Clock } from '../../platform/clock.ts';

const SECONDS = 60;

export interface RateMeter {
  count(): void;
  perSecond(): number;
}

export function createRateMeter(clock: Clock): RateMeter {
  const startedAt = clock.monotonic();
  const counts = new Uint32Array(SECONDS);
  let second = 0;
  const advance = (): void => {
    const now = Math.floor((clock.monotonic() - startedAt) / 1000);
    for (let steps = Math.min(now - second, SECONDS); steps > 0; steps--) counts[(now - steps + 1) % SECONDS] = 0;
    second = now;
  };
  return {
    count() {
      advance();
      const slot = second % SECONDS;
      counts[slot] = (counts[slot] ?? 0) + 1;
    },
    perSecond() {
      advance();
      return counts.reduce((sum, count) => sum + count, 0) / Math.min(second + 1, SECONDS);
    },
  };
}
