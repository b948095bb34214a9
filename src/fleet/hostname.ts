/** Host names as the fleet knows them: lower case, no trailing dot. */
import { VigoError } from './errors.ts';

// RFC 1123 labels, and RFC 1035's 253 characters in all; underscores are allowed because real fleets have them.
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const MAX_LENGTH = 253;

/** The canonical form of `input`. Throws `INVALID_HOSTNAME` if it is none. */
export function normalizeHostname(input: string): string {
  const hostname = input.trim().toLowerCase().replace(/\.$/, '');
  if (
    hostname.length === 0 ||
    hostname.length > MAX_LENGTH ||
    !hostname.split('.').every((label) => LABEL.test(label))
  ) {
    throw new VigoError(
      'INVALID_HOSTNAME',
      `${JSON.stringify(input.slice(0, 80))} is not a host name: at most ${MAX_LENGTH} characters, ` +
        'dot-separated labels of letters, digits, "-" and "_", each at most 63 long and not starting or ending with "-"',
    );
  }
  return hostname;
}
