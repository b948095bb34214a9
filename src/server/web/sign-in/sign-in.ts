/**
 * Signing in on the web: everything under `/auth/`, plain HTTP on the API listener.
 *
 * GET  /auth/methods        → {"token":true,"oidc":{"name":…}|null,"signedIn":true|false}
 * POST /auth/login          {"token":"vgot_…"} → 204 and a cookie
 * POST /auth/logout         → 204; the session has ended
 * GET  /auth/oidc/start     ?next=/path → to the identity provider
 * GET  /auth/oidc/callback  from there → a page that leads on to `next`
 *
 * Errors are `{"error":{code,message}}`; those of the last two, which people see, are pages.
 */
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { Access } from '../../hub/access/access.ts';
import { secretHash } from '../../platform/admin-auth.ts';
import { type HttpLayer, pathOf } from '../../platform/http-json.ts';
import { requireOwnPage } from '../../platform/same-origin.ts';
import { NO_SESSION_COOKIE, sessionCookie, sessionSecretOf } from '../../platform/session-cookie.ts';
import { errorAnswer, type HttpAnswer, type HttpCall, httpCallOf, sendAnswer } from '../http-call.ts';
import { publicError } from '../public-error.ts';
import { readBody } from '../read-body.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';

export interface SignInOptions {
  readonly access: Pick<Access, 'authority' | 'signIn' | 'sessions'>;
  readonly attempts: AttemptLimiter;
  /** Sign-in by an identity provider; undefined: none is configured. */
  readonly oidc: OidcRoutes | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** The part that an identity provider has in it. Neither throws: people get a page. */
export interface OidcRoutes {
  /** What people know the provider by. */
  readonly name: string;
  start(call: HttpCall): Promise<HttpAnswer>;
  callback(call: HttpCall): Promise<HttpAnswer>;
}

type Route = (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>;

const MAX_BODY_BYTES = 4 * 1024;

/** Answers what is under `/auth/`, also what is not there; all else goes on. */
export function createSignIn(options: SignInOptions): HttpLayer {
  const routes = routesOf(options);
  const answerTo = async (method: string, path: string, call: HttpCall): Promise<HttpAnswer> => {
    const [allowed, route] = routes[path] ?? [];
    if (!route || !allowed) return problem(404, 'NOT_FOUND', 'nothing is served under this path');
    if (method !== allowed)
      return { ...problem(405, 'METHOD_NOT_ALLOWED', `use ${allowed}`), headers: { allow: allowed } };
    return route(call);
  };
  return (next) => (request, response) => {
    const path = pathOf(request);
    if (!path.startsWith('/auth/')) return next(request, response);
    const answered = async () => sendAnswer(response, await answerTo(request.method ?? '', path, httpCallOf(request)));
    answered()
      .catch((error: unknown) => sendAnswer(response, errorAnswer(publicError(error, path, options.logger))))
      // What nobody has read would keep the connection from its next request.
      .finally(() => request.resume());
  };
}

function routesOf(options: SignInOptions): Partial<Record<string, readonly ['GET' | 'POST', Route]>> {
  const { oidc } = options;
  return {
    '/auth/methods': ['GET', (call) => methods(options, call)],
    '/auth/login': ['POST', (call) => login(options, call)],
    '/auth/logout': ['POST', (call) => logout(options, call)],
    ...(oidc && { '/auth/oidc/start': ['GET', oidc.start], '/auth/oidc/callback': ['GET', oidc.callback] }),
  };
}

/** A page that knows whether somebody is signed in need not be refused something to find out. */
async function methods({ access, oidc }: SignInOptions, call: HttpCall): Promise<HttpAnswer> {
  const secret = sessionSecretOf(call.header('cookie'));
  const signedIn = secret !== undefined && (await isGood(access, secret));
  return { status: 200, body: { token: true, oidc: oidc ? { name: oidc.name } : null, signedIn } };
}

async function isGood({ authority }: Pick<Access, 'authority'>, secret: string): Promise<boolean> {
  try {
    await authority.identify({ kind: 'session', hash: secretHash(secret) });
    return true;
  } catch (error) {
    if (error instanceof VigoError && error.code === 'UNAUTHENTICATED') return false;
    throw error;
  }
}

async function login({ access, attempts, clock, logger }: SignInOptions, call: HttpCall): Promise<HttpAnswer> {
  requireOwnPage(call);
  attempts.enter(call.address);
  if (!/^application\/json\s*(;|$)/i.test(call.header('content-type') ?? ''))
    throw new VigoError('INVALID_ARGUMENT', 'expected content-type application/json');
  const token = tokenIn(await readBody(call.request, MAX_BODY_BYTES));
  try {
    const { secret, expiresAt } = await access.signIn(token, call.address);
    await leaveOld(access, call);
    return { status: 204, headers: { 'set-cookie': sessionCookie(secret, (expiresAt - clock.now()) / 1000) } };
  } catch (error) {
    logger.info({ address: call.address, error: messageOf(error) }, 'sign-in refused');
    throw error;
  }
}

async function logout({ access }: SignInOptions, call: HttpCall): Promise<HttpAnswer> {
  requireOwnPage(call);
  await leaveOld(access, call);
  return { status: 204, headers: { 'set-cookie': NO_SESSION_COOKIE } };
}

/** Who signs in anew or leaves does not need the session that he had. */
export async function leaveOld({ sessions }: Pick<Access, 'sessions'>, call: HttpCall): Promise<void> {
  const secret = sessionSecretOf(call.header('cookie'));
  if (secret) await sessions.leave(secret);
}

/** Throws INVALID_ARGUMENT. */
function tokenIn(body: Buffer): string {
  const expected = 'expected {"token":"…"}';
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const token = typeof value === 'object' && value !== null && 'token' in value ? value.token : undefined;
    if (typeof token === 'string' && /^[\x21-\x7e]{1,512}$/.test(token.trim())) return token.trim();
  } catch {
    throw new VigoError('INVALID_ARGUMENT', `the body is no JSON: ${expected}`);
  }
  throw new VigoError('INVALID_ARGUMENT', `the body holds no token: ${expected}`);
}

const problem = (status: number, code: string, message: string): HttpAnswer => ({
  status,
  body: { error: { code, message } },
});
