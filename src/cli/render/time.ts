/** Times for people: how long ago, how long still, how long it took. */

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const;

/** The largest whole unit: "3d", "5h", "12s", "0s". */
export function span(ms: number): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms) ?? UNITS[3];
  return `${Math.floor(Math.max(ms, 0) / unit.ms)}${unit.name}`;
}

/** "12s ago", "in 5h", "never" for null. `iso` as in JSON output, `now` in milliseconds since 1970 UTC. */
export function relative(iso: string | null, now: number): string {
  if (iso === null) return 'never';
  const age = now - Date.parse(iso);
  // Two machines' clocks differ: less than a second ahead is now.
  return age > -1000 ? `${span(age)} ago` : `in ${span(-age)}`;
}

/** "340 ms", "12.5 s", "3 m 20 s". */
export function took(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.floor((ms % 60_000) / 1_000)} s`;
}
