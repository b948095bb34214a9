/** Signing in by an identity provider: a real one over TLS, and as much of a browser as it takes to go there and back. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Role } from '../../src/gen/vigo/v1/access_pb.js';
import { loadServerConfig } from '../../src/server/config/load-server-config.ts';
import { openOidcProvider } from '../../src/server/roles/oidc-provider.ts';
import { type ApiServer, SESSION_COOKIE, startApiServer } from '../support/api-server.ts';
import { type Browser, createBrowser, type Visit } from '../support/cookie-browser.ts';
import { type ClientProof, createIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts';
import { thrownCode } from '../support/rpc-failure.ts';
import { createTestPki } from '../support/test-pki.ts';

const MINUTE = 60_000;
const PENDING_COOKIE = '__Host-vigo_oidc';

describe('signing in by an identity provider', function () {
  this.timeout(30_000);
  let dir: string;
  let idp: IdentityProvider;
  let server: ApiServer;
  let browser: Browser;
  let yaml: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-oidc-'));
    const pki = await createTestPki();
    const tls = await pki.hub({ ipAddresses: ['127.0.0.1'] });
    await writeFile(join(dir, 'secret'), 'a secret: with+odd/characters\n');
    await writeFile(join(dir, 'ca.pem'), pki.caPem);
    idp = await createIdentityProvider({ tls, clientId: 'vigo', clientSecret: 'a secret: with+odd/characters' });
    yaml = `auth:
  oidc:
    issuer: "${idp.issuer}"
    name: Acme
    client_id: vigo
    client_secret_file: "${dir}/secret"
    ca_file: "${dir}/ca.pem"
    admin_values: [vigo-admins]
    viewer_values: [vigo-viewers, staff]
`;
    server = await startApiServer({ yaml });
  });
  after(async () => {
    await idp.stop();
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    server.clock.move(5 * MINUTE);
    idp.person = { sub: 'u-1', preferred_username: 'alice', roles: ['other', 'staff'] };
    idp.slimIdTokens = false;
    await reopen('client_secret_basic');
    browser = createBrowser(`${server.caPem}${await caOfProvider()}`);
  });

  const reopen = async (proof: ClientProof) => {
    await idp.stop();
    idp.clientProof = proof;
    await idp.serve([`${server.origin}/auth/oidc/callback`]);
  };
  const caOfProvider = () => readFile(join(dir, 'ca.pem'), 'utf8');
  const startUrl = (next = '/') => `${server.origin}/auth/oidc/start?next=${encodeURIComponent(next)}`;
  const isCallback = (url: string) => url.startsWith(`${server.origin}/auth/oidc/callback`);
  const sessionOf = (who: Browser) =>
    who
      .cookies(server.origin)
      .split('; ')
      .find((pair) => pair.startsWith(`${SESSION_COOKIE}=`));
  const meBy = async (session: string | undefined) => {
    const headers = { ...server.asPage(session ?? ''), 'content-type': 'application/json' };
    const { text } = await server.http('/vigo.v1.AdminService/GetMe', { method: 'POST', headers, body: '{}' });
    return JSON.parse(text) as { name?: string; role?: string; credential?: string; code?: string };
  };
  const askMe = (who: Browser) => meBy(sessionOf(who));
  const expectNotSignedIn = (visit: Visit, status: number, why: RegExp) => {
    expect(visit.page.status).to.equal(status);
    expect(visit.page.headers['content-type']).to.include('text/html');
    expect(visit.page.headers['content-security-policy']).to.include("default-src 'none'");
    expect(visit.page.text).to.match(why);
    expect(sessionOf(browser)).to.equal(undefined);
    expect(browser.cookies(server.origin)).not.to.include(PENDING_COOKIE);
  };

  it('is offered by its name', async () => {
    const { text } = await server.http('/auth/methods');
    expect(JSON.parse(text)).to.deep.equal({ token: true, oidc: { name: 'Acme' }, signedIn: false });
  });

  it('leads there, back, and on to where one wanted to go, with a session', async () => {
    const next = '/envoys?spoke=dc1&q="x"';
    const { url, page, trail } = await browser.open(startUrl(next));
    expect(url).to.equal(new URL(next, server.origin).href);
    expect(page.status).to.equal(404);
    const [, authorize = ''] = trail;
    const asked = new URL(authorize).searchParams;
    expect(asked.get('code_challenge_method')).to.equal('S256');
    expect(asked.get('scope')).to.equal('openid profile email');
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name), name).to.match(/^[\w-]{43}$/);
    expect(await askMe(browser)).to.include({ name: 'oidc:alice', role: 'ROLE_VIEWER', credential: 'session' });
    expect(browser.cookies(server.origin)).not.to.include(PENDING_COOKIE);
    const { sessions } = await server.admin().listSessions({});
    expect(sessions[0]).to.include({ user: 'oidc:alice', role: Role.VIEWER, method: 'oidc', origin: '127.0.0.1' });
  });

  it('makes an admin of who is both', async () => {
    idp.person = { sub: 'u-2', preferred_username: 'root', roles: ['staff', 'vigo-admins'] };
    await browser.open(startUrl());
    expect(await askMe(browser)).to.include({ name: 'oidc:root', role: 'ROLE_ADMIN' });
  });

  it('asks for what the ID token does not say, and takes one text for a list of one', async () => {
    idp.slimIdTokens = true;
    await reopen('client_secret_basic');
    idp.person = { sub: 'u-3', email: 'bob@example.com', roles: 'vigo-viewers' };
    await browser.open(startUrl());
    expect(await askMe(browser)).to.include({ name: 'oidc:bob@example.com', role: 'ROLE_VIEWER' });
  });

  it('goes nowhere but to a page of this server', async () => {
    for (const next of ['https://evil.example.com/', '//evil.example.com/', '/\\evil.example.com', '/auth/logout'])
      expect((await browser.open(startUrl(next))).url, next).to.equal(`${server.origin}/`);
  });

  it('refuses who has no role, and says which claim was looked at', async () => {
    for (const roles of [['other'], [], 'vigo-admins2', { staff: true }, undefined]) {
      server.clock.move(MINUTE);
      idp.person = { sub: 'u-4', preferred_username: '<b>eve</b>', roles };
      const visit = await browser.open(startUrl());
      expectNotSignedIn(visit, 403, /oidc:&lt;b&gt;eve&lt;\/b&gt; may not use this server: .*claim &quot;roles&quot;/);
    }
  });

  it('refuses an answer with another state, and one for another browser', async () => {
    const { url } = await browser.open(startUrl(), isCallback);
    const stranger = createBrowser(server.caPem);
    expect((await stranger.open(url)).page.status).to.equal(400);
    const forged = new URL(url);
    forged.searchParams.set('state', 'x'.repeat(43));
    expectNotSignedIn(await browser.open(forged.href), 400, /belongs to another sign-in/);
    // One try each: the right answer is of no use any more.
    expectNotSignedIn(await browser.open(url), 400, /took too long, was done before/);
  });

  it('refuses a callback that was used, also with the cookie that was kept', async () => {
    const { url } = await browser.open(startUrl(), isCallback);
    const copy = browser.clone();
    await browser.open(url);
    expect((await askMe(browser)).name).to.equal('oidc:alice');
    const again = await copy.open(url);
    expect(again.page.status).to.equal(403);
    expect(again.page.text).to.include('invalid_grant');
    expect(sessionOf(copy)).to.equal(undefined);
  });

  it('refuses who takes longer than ten minutes', async () => {
    const { url } = await browser.open(startUrl(), isCallback);
    server.clock.move(10 * MINUTE + 1);
    expectNotSignedIn(await browser.open(url), 400, /took too long/);
  });

  it('says so when the person says no', async () => {
    idp.person = undefined;
    expectNotSignedIn(await browser.open(startUrl()), 403, /Acme refused the sign-in: access_denied/);
  });

  it('is all that is lost while the provider is down', async () => {
    const { url } = await browser.open(startUrl(), isCallback);
    await idp.stop();
    expectNotSignedIn(await browser.open(url), 503, /Acme does not answer/);
    await server.restart();
    const fresh = createBrowser(`${server.caPem}${await caOfProvider()}`);
    expect((await fresh.open(startUrl())).page.status).to.equal(503);
    expect(await server.signIn(server.adminToken)).to.be.a('string');
    expect((await server.admin().getMe({})).name).to.equal('admin');
    await idp.serve([`${server.origin}/auth/oidc/callback`]);
    await fresh.open(startUrl());
    expect((await askMe(fresh)).name).to.equal('oidc:alice');
  });

  it('ends with the provider’s line in server.yaml, and not with a restart', async () => {
    await browser.open(startUrl());
    const session = sessionOf(browser);
    await server.restart();
    expect((await meBy(session)).name).to.equal('oidc:alice');
    await server.restart('');
    expect((await meBy(session)).code).to.equal('unauthenticated');
    expect((await server.http('/auth/oidc/start')).status).to.equal(404);
    await server.restart(yaml);
    expect((await meBy(session)).code).to.equal('unauthenticated');
  });

  it('shows its secret where the provider wants it, or none where there is none', async () => {
    const withoutSecret = yaml.replace(/ +client_secret_file.*\n/, '');
    for (const [proof, lines] of [['client_secret_post', yaml] as const, ['none', withoutSecret] as const]) {
      await server.restart(lines);
      await reopen(proof);
      const fresh = createBrowser(`${server.caPem}${await caOfProvider()}`);
      await fresh.open(startUrl());
      expect((await askMe(fresh)).name, proof).to.equal('oidc:alice');
    }
  });

  it('trusts the provider’s own CA and no other', async () => {
    await server.restart(yaml.replace(/ca_file: .*/, `ca_file: "${server.dataDir}/tls/ca.pem"`));
    const { page } = await browser.open(startUrl());
    expect(page.status).to.equal(503);
    expect(page.text).to.match(/Acme does not answer/);
    await server.restart(yaml);
  });

  it('is slowed down like every other', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push((await server.http('/auth/oidc/callback')).status);
    expect(statuses).to.deep.equal([...Array(10).fill(400), 429]);
    expect((await server.http('/auth/oidc/start')).status).to.equal(429);
  });

  it('does not begin without the files that it needs', async () => {
    const file = join(dir, 'server.yaml');
    const load = async (line: string) => {
      const oidc = `auth: { oidc: { issuer: "${idp.issuer}", client_id: v, admin_values: [a], ${line} } }\n`;
      await writeFile(file, oidc);
      const { auth } = await loadServerConfig({
        ...{ configFile: file, dataDir: dir, env: {}, cwd: dir, isRoot: false, homeDir: dir },
      });
      if (!auth.oidc) throw new Error('not read');
      return auth.oidc;
    };
    for (const line of ['ca_file: none.pem', 'client_secret_file: none']) {
      const config = await load(line);
      expect(thrownCode(() => openOidcProvider(config, server.clock))).to.equal('CONFIG_INVALID');
    }
  });
});
