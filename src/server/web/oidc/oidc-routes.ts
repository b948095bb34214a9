/** To the identity provider and back. What goes wrong on the way is a page: people meet it, not programs. */
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { causesOf } from '../../../rpc/errors.ts';
import type { OidcConfig } from '../../config/server-config.ts';
import type { Access } from '../../hub/access/access.ts';
import { sessionCookie } from '../../platform/session-cookie.ts';
import { errorAnswer, type HttpAnswer, type HttpCall } from '../http-call.ts';
import { messagePage, onwardPage } from '../pages.ts';
import { safePath } from '../safe-path.ts';
import type { AttemptLimiter } from '../sign-in/attempt-limiter.ts';
import type { OidcRoutes } from '../sign-in/sign-in.ts';
import { accountOfClaims } from './claims.ts';
import { createPendingLogins, NO_PENDING_LOGIN, type PendingLogin } from './pending-login.ts';
import type { Provider } from './provider.ts';

export interface OidcRoutesOptions {
  readonly config: OidcConfig;
  readonly provider: Provider;
  readonly sessions: Pick<Access['sessions'], 'begin'>;
  readonly attempts: AttemptLimiter;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

const START_PATH = '/auth/oidc/start';
const CALLBACK_PATH = '/auth/oidc/callback';

export function createOidcRoutes(options: OidcRoutesOptions): OidcRoutes {
  const { config, provider, sessions, attempts, clock, logger } = options;
  const logins = createPendingLogins({ clock });

  const start = async (call: HttpCall): Promise<HttpAnswer> => {
    attempts.enter(call.address);
    const origin = call.ownOrigin;
    const { url, secrets } = await provider.begin(origin + CALLBACK_PATH);
    const cookie = logins.seal({ ...secrets, origin, next: safePath(call.query.get('next')) });
    return { status: 302, headers: { location: url, 'set-cookie': cookie } };
  };

  const callback = async (call: HttpCall): Promise<HttpAnswer> => {
    attempts.enter(call.address);
    const login = loginOf(call);
    const claims = await provider.finish(new URL(`${login.origin}${CALLBACK_PATH}?${call.query}`), login);
    const { name, role } = accountOfClaims(claims, config);
    if (!role)
      throw new VigoError(
        'PERMISSION_DENIED',
        `${name} may not use this server: none of the values in the claim "${config.roleClaim}" stands for a role here. Ask whoever runs ${config.name} or this server.`,
      );
    const { secret, session } = await sessions.begin({
      userName: name,
      role,
      method: 'oidc',
      source: config.issuer,
      origin: call.address,
    });
    logger.info({ address: call.address, user: name, subject: claims.sub, role }, 'signed in by the identity provider');
    const { html, headers } = onwardPage(login.next);
    const cookies = [sessionCookie(secret, (session.expires_at - clock.now()) / 1000), NO_PENDING_LOGIN];
    return { status: 200, body: html, headers: { ...headers, 'set-cookie': cookies } };
  };

  /** Throws INVALID_ARGUMENT unless this browser has begun the sign-in that it comes back from. */
  const loginOf = (call: HttpCall): PendingLogin => {
    const login = logins.open(call.header('cookie'));
    if (!login)
      throw new VigoError(
        'INVALID_ARGUMENT',
        'This sign-in took too long, was done before, or began in another browser.',
      );
    if (call.query.get('state') !== login.state)
      throw new VigoError(
        'INVALID_ARGUMENT',
        'This answer belongs to another sign-in than the one that this browser began.',
      );
    return login;
  };

  const withPages =
    (route: (call: HttpCall) => Promise<HttpAnswer>) =>
    async (call: HttpCall): Promise<HttpAnswer> => {
      try {
        return await route(call);
      } catch (error) {
        const causes = causesOf(error).map(messageOf);
        logger.info({ address: call.address, error: causes.join(': ') }, 'sign-in by the identity provider failed');
        return problemPage(error instanceof VigoError ? error : new VigoError('INTERNAL', 'internal error'));
      }
    };
  return { name: config.name, start: withPages(start), callback: withPages(callback) };
}

function problemPage(error: VigoError): HttpAnswer {
  const answer = errorAnswer(error);
  const { html, headers } = messagePage('Not signed in', error.message, [
    { href: START_PATH, text: 'Try again' },
    { href: '/', text: 'Sign in with a token' },
  ]);
  return {
    status: answer.status,
    body: html,
    headers: { ...answer.headers, ...headers, 'set-cookie': NO_PENDING_LOGIN },
  };
}
