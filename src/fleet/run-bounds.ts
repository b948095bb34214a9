/** What a run may be at most. Agents keep to it, spokes refuse what is beyond, and the hub believes a spoke nothing else. */

/** Resources of one run. */
export const MAX_RUN_RESULTS = 10_000;

/** Bytes of a message or an error, UTF-8. */
export const MAX_RUN_TEXT_BYTES = 4 * 1024;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `id` is a UUID in lower case, of any version. */
export const isUuid = (id: string): boolean => UUID.test(id);

// Machines without a battery wake up in 1970 or at the day their firmware was built.
const EARLIEST_START = Date.UTC(2020, 0, 1);

/**
 * When a run that came in at `now` began, by the agent's clock `ms`. A clock that was never set, or that is ahead, would
 * put the run at the wrong end of every list for ever: then the time of its arrival stands in. Milliseconds since 1970 UTC.
 */
export function runStartedAt(ms: number, now: number): number {
  return Number.isInteger(ms) && ms >= EARLIEST_START && ms <= now ? ms : now;
}

const encoder = new TextEncoder();

/** The part of a text that a run may carry: without NUL, cut behind a whole character if it is longer than `maxBytes` of UTF-8. */
export function fitRunText(text: string, maxBytes = MAX_RUN_TEXT_BYTES): string {
  const clean = text.replaceAll('\0', '');
  // Three bytes for each unit at most: mostly nothing has to be counted.
  if (clean.length * 3 <= maxBytes) return clean;
  return clean.slice(0, encoder.encodeInto(clean, new Uint8Array(maxBytes)).read);
}
