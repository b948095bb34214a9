/** `bootedAt`: when the machine started, to the minute. */
import { uptime as systemUptime } from 'node:os';
import type { Clock } from '../../platform/clock.ts';
import type { TraitCollector } from './trait-collector.ts';

const MINUTE_MS = 60_000;
// Wall clock minus uptime moves whenever the wall clock is set right; only more than this is another start.
const TOLERANCE_MS = 2 * MINUTE_MS;

/** `uptime`: seconds since the machine started. */
export function createBootTimeCollector(clock: Clock, uptime: () => number = systemUptime): TraitCollector {
  let known: number | undefined;
  return {
    name: 'boot time',
    collect() {
      const bootedAt = clock.now() - uptime() * 1000;
      if (known === undefined || Math.abs(bootedAt - known) > TOLERANCE_MS) {
        known = Math.round(bootedAt / MINUTE_MS) * MINUTE_MS;
      }
      return { bootedAt: new Date(known).toISOString() };
    },
  };
}
