/**
 * The cookie of someone who is signed in on the web. Scripts cannot read it, other sites cannot make a browser send it, and
 * by its prefix a browser takes it only over TLS, for this host alone.
 */
const NAME = '__Host-vigo_session';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** 32 random bytes in base64url. */
const SECRET = /^[\w-]{43}$/;

/** Value of `set-cookie` that makes a browser keep `secret` for so many seconds. */
export function sessionCookie(secret: string, maxAgeSeconds: number): string {
  return `${NAME}=${secret}; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}; ${ATTRIBUTES}`;
}

/** Value of `set-cookie` that makes a browser forget it. */
export const NO_SESSION_COOKIE = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;

/** The secret in a `cookie` header; undefined if there is none, or what stands there never was one of ours. */
export function sessionSecretOf(header: string | null | undefined): string | undefined {
  const value = cookieOf(header, NAME);
  return value !== undefined && SECRET.test(value) ? value : undefined;
}

/** The first cookie of this name in a `cookie` header. */
export function cookieOf(header: string | null | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const pair = part.trim();
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  }
  return undefined;
}
