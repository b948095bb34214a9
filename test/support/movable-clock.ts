/** The system's clock, which a test can move on: timers that are due by then fire at once. */
import { type Clock, systemClock, type Timer } from '../../src/platform/clock.ts';

export interface MovableClock extends Clock {
  move(ms: number): void;
}

interface Waiting {
  readonly at: number;
  readonly fire: () => void;
}

export function createMovableClock(): MovableClock {
  let moved = 0;
  const waiting = new Set<Waiting>();
  const monotonic = () => systemClock.monotonic() + moved;
  return {
    now: () => systemClock.now() + moved,
    monotonic,
    random: systemClock.random,
    after(ms, fn): Timer {
      const fire = () => {
        waiting.delete(entry);
        timer.cancel();
        fn();
      };
      const entry = { at: monotonic() + ms, fire };
      const timer = systemClock.after(ms, fire);
      waiting.add(entry);
      return {
        cancel() {
          waiting.delete(entry);
          timer.cancel();
        },
      };
    },
    move(ms) {
      moved += ms;
      for (const { at, fire } of [...waiting]) if (at <= monotonic()) fire();
    },
  };
}
