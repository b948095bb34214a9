/** Times of the protocol as ISO 8601 UTC with milliseconds. */
import type { Timestamp } from '@bufbuild/protobuf/wkt';

/** Milliseconds since 1970 UTC; null where absent. */
export function msOf(timestamp: Timestamp | undefined): number | null {
  return timestamp === undefined ? null : Number(timestamp.seconds) * 1000 + Math.floor(timestamp.nanos / 1e6);
}

/** Null where absent. */
export function isoOf(timestamp: Timestamp | undefined): string | null {
  const ms = msOf(timestamp);
  return ms === null ? null : new Date(ms).toISOString();
}

/** From milliseconds, where 0 means never. */
export function isoOfMs(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}

/** An empty text of the protocol is an absent one. */
export function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}
