/** The header by which a server that refuses a call says when to come back. */
import { ConnectError } from '@connectrpc/connect';

export const RETRY_AFTER = 'retry-after';

/** In seconds as HTTP has it, but with a fraction: what is spread over less than a second must not be rounded together. */
export function retryAfterText(ms: number): string {
  return String(Math.max(0, Math.round(ms)) / 1000);
}

/** What the answer behind `error` says, milliseconds; undefined if it says nothing that is a number of seconds. */
export function retryAfterOf(error: unknown): number | undefined {
  const text = error instanceof ConnectError ? error.metadata.get(RETRY_AFTER) : null;
  const seconds = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
