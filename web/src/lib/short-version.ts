/** Versions are SHA-256 digests; twelve characters tell them apart, as in the command line. */
export function shortVersion(version: string): string {
  return version === '' ? '–' : version.slice(0, 12);
}
