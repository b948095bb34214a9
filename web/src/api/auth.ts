/** Signing in and out: plain HTTP beside the RPCs, because it is about the cookie. */

export interface SignInMethods {
  readonly token: boolean;
  /** Somebody else vouches; null if nobody is configured. */
  readonly oidc: { readonly name: string } | null;
  /** Somebody is, in this browser. */
  readonly signedIn: boolean;
}

/** What no form of another site can send: without it the hub does not take the cookie for meant. */
const JSON_TYPE = { 'content-type': 'application/json' };

/** A failure in the words of the hub. */
export class SignInError extends Error {
  /** Too many tries: it is not about the token. */
  readonly tooMany: boolean;

  constructor(message: string, tooMany: boolean) {
    super(message);
    this.name = 'SignInError';
    this.tooMany = tooMany;
  }
}

export async function fetchSignInMethods(signal: AbortSignal): Promise<SignInMethods> {
  const response = await fetch('/auth/methods', { signal, headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`the hub answered ${response.status}`);
  return (await response.json()) as SignInMethods;
}

/** Afterwards the browser has the cookie of a session. */
export async function signIn(token: string): Promise<void> {
  const response = await fetch('/auth/login', {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ token }),
  });
  if (response.ok) return;
  const body: unknown = await response.json().catch(() => null);
  const said = (body as { error?: { message?: unknown } } | null)?.error?.message;
  throw new SignInError(
    typeof said === 'string' ? said : `the hub answered ${response.status}`,
    response.status === 429,
  );
}

export async function signOut(): Promise<void> {
  const response = await fetch('/auth/logout', { method: 'POST', headers: JSON_TYPE, body: '{}' });
  if (!response.ok) throw new Error(`the hub answered ${response.status}`);
}

/** Where the browser goes to sign in through somebody else. */
export function oidcStart(next: string): string {
  return `/auth/oidc/start?next=${encodeURIComponent(next)}`;
}
