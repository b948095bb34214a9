/** Times for people, in the words of the command line: "12s ago", "in 5h", "never". */
import type { Timestamp } from '@bufbuild/protobuf/wkt';

const YEAR_MS = 365 * 86_400_000;

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const;

/** Milliseconds since 1970 UTC; null if it never was. */
export function millis(at: Timestamp | undefined): number | null {
  return at ? Number(at.seconds) * 1000 + Math.floor(at.nanos / 1e6) : null;
}

/** The largest whole unit: "3d", "5h", "12s"; years only when there are many, because days tell more. */
export function span(ms: number): string {
  if (ms >= 2 * YEAR_MS) return `${Math.floor(ms / YEAR_MS)}y`;
  const unit = UNITS.find((candidate) => ms >= candidate.ms) ?? UNITS[3];
  return `${Math.floor(Math.max(ms, 0) / unit.ms)}${unit.name}`;
}

/** "12s ago", "in 5h". Both in milliseconds since 1970 UTC. */
export function relative(at: number, now: number): string {
  const age = now - at;
  // The clocks of hub and browser differ: a few seconds ahead is now.
  return age > -5000 ? `${span(age)} ago` : `in ${span(-age)}`;
}

/** "340 ms", "12.5 s", "3 m 20 s". */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.floor((ms % 60_000) / 1000)} s`;
}

/** "2026-01-01 12:30:05", where the reader is. */
export function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** "14:02" where the reader is; with the day if that is another one. */
export function clockTime(at: number, now: number): string {
  const local = localTime(at);
  return local.slice(0, 10) === localTime(now).slice(0, 10) ? local.slice(11, 16) : local.slice(0, 16);
}
