/** Which spoke an envoy belongs to, decided by its host name. */
import { compilePattern, type HostnameMatcher } from './patterns.ts';

/** A spoke as the configuration names it. */
export interface SpokeSpec {
  readonly id: string;
  /** "host:port"; empty for the partition inside a standalone server. */
  readonly addr: string;
  readonly patterns: readonly string[];
}

interface CompiledSpoke {
  readonly id: string;
  readonly matches: readonly HostnameMatcher[];
}

/** Spokes with their patterns compiled, in the order of the configuration: the first match wins. */
export interface PlacementRules {
  readonly spokes: readonly CompiledSpoke[];
  readonly defaultSpoke: string | undefined;
}

/** Throws `INVALID_PATTERN`. */
export function compileRules(spokes: readonly SpokeSpec[], defaultSpoke?: string): PlacementRules {
  return {
    spokes: spokes.map((spoke) => ({ id: spoke.id, matches: spoke.patterns.map(compilePattern) })),
    defaultSpoke,
  };
}

/** The first spoke, of those that `accepts` lets through, with a pattern that matches; the default spoke is not asked. */
export function matchSpoke(
  rules: PlacementRules,
  hostname: string,
  accepts: (spoke: string) => boolean = () => true,
): string | undefined {
  return rules.spokes.find((spoke) => accepts(spoke.id) && spoke.matches.some((matches) => matches(hostname)))?.id;
}

/** Where a new envoy goes: the first match, else the default spoke, else nowhere. Looks at the host name alone. */
export function homeSpoke(rules: PlacementRules, hostname: string): string | undefined {
  return matchSpoke(rules, hostname) ?? rules.defaultSpoke;
}
