/**
 * The identity provider: authorization code with PKCE, state and nonce. What it answers is checked by the library: signature,
 * issuer, audience, times and nonce of the ID token.
 *
 * The library is loaded, and the provider asked for its endpoints, when somebody signs in for the first time; as long as that
 * fails, everyone who signs in asks again. A provider that is down costs nothing but this.
 */
import type { ClientAuth, Configuration } from 'openid-client';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import { causesOf } from '../../../rpc/errors.ts';
import type { OidcConfig } from '../../config/server-config.ts';
import { createBoundedFetch } from './bounded-fetch.ts';
import { type Claims, claimAt } from './claims.ts';

export interface ProviderOptions {
  readonly config: Pick<OidcConfig, 'issuer' | 'name' | 'clientId' | 'scopes' | 'roleClaim'>;
  /** Undefined: a public client. */
  readonly clientSecret: string | undefined;
  /** Undefined: the CAs of the system. */
  readonly caPem: string | undefined;
  /** Of every question to the provider, milliseconds; default 5,000. */
  readonly timeoutMs?: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** What belongs to one sign-in and is known to this server and the browser alone. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE. */
  readonly verifier: string;
}

export interface Provider {
  /** Where to send the browser. Throws UNREACHABLE. */
  begin(redirectUri: string): Promise<{ url: string; secrets: LoginSecrets }>;
  /**
   * What the provider says about who has come back to `currentUrl`. Throws UNREACHABLE, or PERMISSION_DENIED if it let nobody
   * in, or if its answer does not stand up to the checks.
   */
  finish(currentUrl: URL, secrets: LoginSecrets): Promise<Claims>;
}

/** A person waits for the answer. */
const TIMEOUT_MS = 5_000;
/** What the provider says of itself is asked again after this. */
const METADATA_MS = 3_600_000;

export function createProvider(options: ProviderOptions): Provider {
  const { config, clock } = options;
  const library = () => import('openid-client');
  const discover = createDiscovery(options);

  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      throw translate(error, config.name);
    }
  };
  let known: { at: number; configuration: Promise<Configuration> } | undefined;
  const configuration = (): Promise<Configuration> => {
    if (known && clock.now() - known.at < METADATA_MS) return known.configuration;
    const asked = { at: clock.now(), configuration: discover() };
    known = asked;
    asked.configuration.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked.configuration;
  };

  return {
    begin: (redirectUri) =>
      ask(async () => {
        const [client, found] = [await library(), await configuration()];
        const secrets = {
          state: client.randomState(),
          nonce: client.randomNonce(),
          verifier: client.randomPKCECodeVerifier(),
        };
        const url = client.buildAuthorizationUrl(found, {
          redirect_uri: redirectUri,
          scope: config.scopes.join(' '),
          state: secrets.state,
          nonce: secrets.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier),
          code_challenge_method: 'S256',
        });
        return { url: url.href, secrets };
      }),
    finish: (currentUrl, { state, nonce, verifier }) =>
      ask(async () => {
        const [client, found] = [await library(), await configuration()];
        const tokens = await client.authorizationCodeGrant(found, currentUrl, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims) throw new VigoError('PERMISSION_DENIED', `${config.name} sent no ID token`);
        // Some providers keep the ID token small and tell the rest only to who asks for it.
        if (claimAt(claims, config.roleClaim) !== undefined || !found.serverMetadata().userinfo_endpoint) return claims;
        return { ...(await client.fetchUserInfo(found, tokens.access_token, claims.sub)), ...claims };
      }),
  };
}

function createDiscovery({
  config,
  clientSecret,
  caPem,
  timeoutMs = TIMEOUT_MS,
}: ProviderOptions): () => Promise<Configuration> {
  return async () => {
    const client = await import('openid-client');
    const authenticate: ClientAuth = (server, ...rest) => {
      if (clientSecret === undefined) return client.None()(server, ...rest);
      // What a provider does that says nothing, by the standard.
      const { token_endpoint_auth_methods_supported: ways = ['client_secret_basic'] } = server;
      const way = ways.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost;
      return way(clientSecret)(server, ...rest);
    };
    return client.discovery(new URL(config.issuer), config.clientId, undefined, authenticate, {
      timeout: timeoutMs / 1000,
      [client.customFetch]: createBoundedFetch({ caPem }),
    });
  };
}

/** From what the library throws to what can be told; the causes stay for the log. */
function translate(error: unknown, name: string): VigoError {
  if (error instanceof VigoError) return error;
  const causes = causesOf(error);
  const root = messageOf(causes.at(-1) ?? error);
  const fail = (code: 'UNREACHABLE' | 'PERMISSION_DENIED', message: string) =>
    new VigoError(code, message, { cause: error });
  // The provider's own word for it, such as "access_denied" or "invalid_grant".
  const word = causes.map((cause) => ('error' in cause ? cause.error : undefined)).find((it) => typeof it === 'string');
  if (word) return fail('PERMISSION_DENIED', `${name} refused the sign-in: ${String(word).slice(0, 200)}`);
  const codes = causes.flatMap((cause) => [cause.name, 'code' in cause ? String(cause.code) : '']);
  if (codes.some((code) => NO_ANSWER.test(code))) return fail('UNREACHABLE', `${name} does not answer: ${root}`);
  return fail('PERMISSION_DENIED', `the answer of ${name} was not accepted: ${root}`);
}

/** Of the network, of TLS, of a deadline, or of a proxy that answers in the provider's place. */
const NO_ANSWER =
  /^(E[A-Z]+|ERR_SSL_.*|.*CERT.*|UNABLE_TO_.*|AbortError|TimeoutError|OAUTH_(TIMEOUT|ABORT|PARSE_ERROR|RESPONSE_IS_NOT_(JSON|CONFORM)))$/;
