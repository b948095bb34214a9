/** Waits for a condition that processes bring about: asked again and again until a deadline, never slept for. */
import { messageOf } from '../../src/fleet/errors.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';

const EVERY_MS = 25;

/**
 * Resolves with what `probe` returns once that is neither undefined nor false. A probe that throws, an assertion for
 * example, has not succeeded yet; what it threw last is told when the time is up.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 15_000,
): Promise<T> {
  const end = systemClock.monotonic() + timeoutMs;
  for (;;) {
    let last = '';
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = `: ${messageOf(error)}`;
    }
    if (systemClock.monotonic() > end) throw new Error(`${what}: not within ${timeoutMs} ms${last}`);
    await sleep(systemClock, EVERY_MS);
  }
}
