/** An identity provider that is broken, slow or hostile costs the sign-in that asks it, in time, and nothing after it. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../src/platform/clock.ts';
import { createProvider, type Provider } from '../../src/server/web/oidc/provider.ts';
import { failureOf } from '../support/rpc-failure.ts';
import { createTestPki, type TestCredentials } from '../support/test-pki.ts';

const TIMEOUT_MS = 300;
const REDIRECT = 'https://hub.example.com/auth/oidc/callback';

describe('an identity provider in trouble', () => {
  let tls: TestCredentials;
  let server: Server;
  let issuer: string;
  let asked: number;
  /** What is answered to the question for metadata; undefined: nothing, ever. */
  let answer: { readonly status?: number; readonly type?: string; readonly body: string } | undefined;

  before(async () => {
    tls = await (await createTestPki()).hub({ ipAddresses: ['127.0.0.1'] });
  });
  beforeEach(async () => {
    asked = 0;
    server = createServer({ cert: tls.certPem, key: tls.keyPem }, (_request, response) => {
      asked++;
      if (!answer) return;
      const { status = 200, type = 'application/json', body } = answer;
      response.writeHead(status, { 'content-type': type, location: 'https://127.0.0.1:1/' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const metadata = (change: object = {}) =>
    JSON.stringify({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      ...change,
    });
  const open = (): Provider =>
    createProvider({
      config: { issuer, name: 'Acme', clientId: 'vigo', scopes: ['openid'], roleClaim: 'roles' },
      clientSecret: 'secret',
      caPem: tls.caPem,
      timeoutMs: TIMEOUT_MS,
      clock: systemClock,
    });
  const refusal = async (provider = open()) => {
    const { code, message } = await failureOf(provider.begin(REDIRECT), 'the provider');
    return { code, message };
  };

  it('is given up when it does not answer in time', async () => {
    answer = undefined;
    const begun = systemClock.monotonic();
    expect((await refusal()).code).to.equal('UNREACHABLE');
    expect(systemClock.monotonic() - begun).to.be.lessThan(TIMEOUT_MS * 10);
  });

  it('is not believed when its answer is no metadata', async () => {
    for (const bad of [
      { body: 'not JSON' },
      { body: '<html>', type: 'text/html' },
      { body: 'gone', status: 404 },
      { body: '', status: 302 },
      { body: `{"x":"${'x'.repeat(2 * 1024 * 1024)}"}` },
    ]) {
      answer = bad;
      const { code, message } = await refusal();
      expect(['UNREACHABLE', 'PERMISSION_DENIED'], bad.body.slice(0, 20)).to.include(code);
      expect(message).to.include('Acme').and.to.have.length.lessThan(300);
    }
  });

  it('is not believed when it is another than was configured', async () => {
    answer = { body: metadata({ issuer: 'https://evil.example.com' }) };
    expect((await refusal()).code).to.equal('PERMISSION_DENIED');
  });

  it('is asked again as soon as somebody signs in, and once by all who sign in at a time', async () => {
    const provider = open();
    answer = { body: 'starting', status: 503 };
    await Promise.all([refusal(provider), refusal(provider)]);
    expect(asked).to.equal(1);
    answer = { body: metadata() };
    const [one, other] = await Promise.all([provider.begin(REDIRECT), provider.begin(REDIRECT)]);
    await provider.begin(REDIRECT);
    expect(asked).to.equal(2);
    expect(one.url).to.include(`${issuer}/authorize?`);
    expect(one.secrets.state).not.to.equal(other.secrets.state);
  });

  it('is given up in time when it stops answering between the way there and the way back', async () => {
    const provider = open();
    answer = { body: metadata() };
    const { secrets } = await provider.begin(REDIRECT);
    answer = undefined;
    const back = new URL(`${REDIRECT}?code=x&state=${secrets.state}`);
    expect((await failureOf(provider.finish(back, secrets), 'the provider')).code).to.equal('UNREACHABLE');
  });
});
