/** Where to go after signing in: only to a page of this server. Pure. */

const START = '/';
const MAX_LENGTH = 1_000;

/** `wanted` if it is a path here and nothing else, such as "/envoys?spoke=dc1"; else "/". */
export function safePath(wanted: string | null): string {
  if (wanted === null || wanted.length > MAX_LENGTH) return START;
  // "//host" and "/\host" are other servers to a browser, and it drops tabs and line ends before it looks.
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return START;
  const { origin, pathname } = new URL(wanted, 'https://here.invalid');
  // Signing in must not lead to signing in again, for ever.
  return origin === 'https://here.invalid' && !pathname.startsWith('//') && !pathname.startsWith('/auth/')
    ? wanted
    : START;
}
