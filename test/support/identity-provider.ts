/** A real OpenID provider over TLS on this machine, which lets in whom the test names. */
import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { createOidcStore } from './memory-oidc-store.ts';
import type { TestCredentials } from './test-pki.ts';

export interface IdentityProviderOptions {
  readonly tls: TestCredentials;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How a client shows that it is the one: by its secret in one of two places, or not at all. */
export type ClientProof = 'client_secret_basic' | 'client_secret_post' | 'none';

export interface IdentityProvider {
  readonly issuer: string;
  /** What it takes from the client when it serves the next time. Default "client_secret_basic". */
  clientProof: ClientProof;
  /** Who signs in next: its claims beside `sub`; undefined: the person says no. */
  person: { readonly sub: string; readonly [claim: string]: unknown } | undefined;
  /** Where claims are told: in the ID token, or only to who asks for them. Default the ID token. */
  slimIdTokens: boolean;
  /** The addresses to which it sends browsers back. Takes it up when it does not serve. */
  serve(redirectUris: readonly string[]): Promise<void>;
  /** Nobody answers at its port from now on. */
  stop(): Promise<void>;
}

export async function createIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const port = await freePort();
  const issuer = `https://127.0.0.1:${port}`;
  let server: Server | undefined;
  const idp: IdentityProvider = {
    issuer,
    person: undefined,
    slimIdTokens: false,
    clientProof: 'client_secret_basic',
    async serve(redirectUris) {
      const answer = answerFor(idp, { ...options, redirectUris });
      const { certPem: cert, keyPem: key } = options.tls;
      const started = createServer({ cert, key }, answer);
      server = started;
      await new Promise<void>((resolve) => started.listen(port, '127.0.0.1', resolve));
    },
    async stop() {
      const stopped = server;
      server = undefined;
      stopped?.closeAllConnections();
      if (stopped) await new Promise((resolve) => stopped.close(resolve));
    },
  };
  return idp;
}

interface Client extends IdentityProviderOptions {
  readonly redirectUris: readonly string[];
}

/** Who comes to sign in is asked nothing: the test has said who it is. */
function answerFor(idp: IdentityProvider, client: Client) {
  const provider = new Provider(idp.issuer, configurationOf(idp, client));
  const serve = provider.callback();
  const signIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await provider.interactionDetails(request, response);
    const accountId = idp.person?.sub;
    const result = accountId
      ? { login: { accountId, remember: false } }
      : { error: 'access_denied', error_description: 'the person said no' };
    await provider.interactionFinished(request, response, result);
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (!request.url?.startsWith('/interaction/')) serve(request, response);
    else signIn(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
}

function configurationOf(idp: IdentityProvider, { clientId, clientSecret, redirectUris }: Client) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const claims = Object.fromEntries(
    ['preferred_username', 'roles', 'groups', 'realm_access'].map((claim) => [claim, null]),
  );
  return {
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: idp.clientProof,
        ...(idp.clientProof === 'none' ? {} : { client_secret: clientSecret }),
        redirect_uris: redirectUris,
        response_types: ['code'],
        grant_types: ['authorization_code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'test' }] },
    adapter: () => createOidcStore(),
    ttl: Object.fromEntries(['Interaction', 'Grant', 'Session', 'AccessToken', 'IdToken'].map((kind) => [kind, 600])),
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], profile: claims, email: ['email'] },
    get conformIdTokenClaims() {
      return idp.slimIdTokens;
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    clientAuthMethods: [idp.clientProof],
    pkce: { required: () => true },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: async () => ({ ...idp.person, sub }) }),
    loadExistingGrant: async (context: GrantContext) => {
      const { client, session, provider } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  };
}

interface GrantContext {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: Provider;
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
