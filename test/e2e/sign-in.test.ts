/** Signing in on the web with a token, as a browser does it, against a real server. */
import { connect as connectHttp2 } from 'node:http2';
import { expect } from 'chai';
import { Role } from '../../src/gen/vigo/v1/access_pb.js';
import { silentLogger } from '../../src/platform/logger.ts';
import { type ApiServer, SESSION_COOKIE, startApiServer } from '../support/api-server.ts';
import type { HttpWish } from '../support/http-client.ts';
import { codeOf } from '../support/rpc-failure.ts';
import { waitFor } from '../support/wait-for.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('signing in on the web', function () {
  this.timeout(30_000);
  let server: ApiServer;
  let users = 0;
  const logged: string[] = [];

  before(async () => {
    const keep = (fields: object, message?: string) => void logged.push(JSON.stringify([fields, message]));
    server = await startApiServer({ logger: { ...silentLogger, debug: keep, info: keep, warn: keep, error: keep } });
  });
  after(() => server.close());
  // Nobody pays for the attempts of the test before.
  afterEach(() => server.clock.move(5 * MINUTE));

  const json = () => ({ origin: server.origin, 'content-type': 'application/json' });
  const post = (path: string, wish: HttpWish = {}) => server.http(path, { method: 'POST', headers: json(), ...wish });
  const login = (token: string, wish: HttpWish = {}) =>
    post('/auth/login', { body: JSON.stringify({ token }), ...wish });
  const newUser = (ttlSeconds = 0) =>
    server.admin().createUser({ name: `user-${++users}`, role: Role.VIEWER, ttlSeconds });
  const asks = async (cookie: string) => (await server.rpc('getMe', server.asPage(cookie))).code ?? 'ok';

  it('says how one can sign in', async () => {
    const { status, text, headers } = await server.http('/auth/methods');
    expect([status, JSON.parse(text)]).to.deep.equal([200, { token: true, oidc: null, signedIn: false }]);
    expect(headers['content-type']).to.equal('application/json');
  });

  it('tells a page whether it need ask for signing in at all', async () => {
    const cookie = await server.signIn((await newUser()).token);
    const signedIn = async () =>
      JSON.parse((await server.http('/auth/methods', { headers: { cookie } })).text).signedIn;
    expect(await signedIn()).to.equal(true);
    await post('/auth/logout', { headers: server.asPage(cookie) });
    expect(await signedIn()).to.equal(false);
  });

  it('gives a cookie that no script can read and no other site can send, and no word of it to the log', async () => {
    const { token } = await newUser();
    const { status, text, cookies, headers } = await login(token);
    expect([status, text]).to.deep.equal([204, '']);
    expect(cookies).to.have.length(1);
    expect(cookies[0]).to.match(
      /^__Host-vigo_session=[\w-]{43}; Max-Age=(43200|43199); Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
    expect(headers['cache-control']).to.equal('no-store');
    expect(headers['content-security-policy']).to.include("default-src 'none'").and.include("frame-ancestors 'none'");
    const secret = (cookies[0] ?? '').split(/[=;]/)[1] ?? '';
    for (const line of logged) for (const hidden of [token, secret]) expect(line).not.to.include(hidden);
  });

  it('lets the session do what its user may, under the name of its user', async () => {
    const { token, user } = await newUser();
    const cookie = await server.signIn(token);
    expect(await asks(cookie)).to.equal('ok');
    const { sessions } = await server.admin().listSessions({});
    const [own] = sessions.filter((session) => session.user === user?.name);
    expect(own).to.include({ role: Role.VIEWER, method: 'token', origin: '127.0.0.1', current: false });
    const { entries } = await server.admin().listAudit({ subject: own?.id ?? '' });
    expect(entries.map(({ actor, action }) => [actor, action])).to.deep.equal([[user?.name, 'session.begin']]);
  });

  it('ends with signing out, on the server too', async () => {
    const cookie = await server.signIn((await newUser()).token);
    const { status, cookies } = await post('/auth/logout', { headers: server.asPage(cookie) });
    expect(status).to.equal(204);
    expect(cookies).to.deep.equal([`${SESSION_COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`]);
    expect(await asks(cookie)).to.equal('unauthenticated');
    expect((await post('/auth/logout')).status).to.equal(204);
  });

  it('ends the session that the browser had before', async () => {
    const { token } = await newUser();
    const old = await server.signIn(token);
    expect((await login(token, { headers: { ...json(), cookie: old } })).status).to.equal(204);
    expect(await asks(old)).to.equal('unauthenticated');
  });

  it('ends after twelve hours, however much it is used', async () => {
    const cookie = await server.signIn((await newUser()).token);
    for (let hours = 0; hours < 11; hours++) {
      server.clock.move(HOUR);
      expect(await asks(cookie), `after ${hours} hours`).to.equal('ok');
    }
    server.clock.move(HOUR - MINUTE);
    expect(await asks(cookie)).to.equal('ok');
    server.clock.move(MINUTE);
    expect(await asks(cookie)).to.equal('unauthenticated');
  });

  it('ends after two hours without use', async () => {
    const cookie = await server.signIn((await newUser()).token);
    server.clock.move(2 * HOUR - MINUTE);
    expect(await asks(cookie)).to.equal('ok');
    await waitFor('the use is written', async () => {
      const { sessions } = await server.admin().listSessions({});
      return sessions.some(
        ({ lastUsedAt, createdAt }) => lastUsedAt && createdAt && lastUsedAt.seconds > createdAt.seconds,
      );
    });
    server.clock.move(2 * HOUR - MINUTE);
    expect(await asks(cookie)).to.equal('ok');
    server.clock.move(2 * HOUR + MINUTE);
    expect(await asks(cookie)).to.equal('unauthenticated');
    expect((await server.admin().listSessions({})).sessions).to.deep.equal([]);
  });

  it('ends with the token that it was begun with', async () => {
    const cookie = await server.signIn((await newUser(HOUR / 1000)).token);
    server.clock.move(HOUR - MINUTE);
    expect(await asks(cookie)).to.equal('ok');
    server.clock.move(MINUTE);
    expect(await asks(cookie)).to.equal('unauthenticated');
  });

  it('ends when an administrator ends it, or its user', async () => {
    const admin = server.admin();
    const { token, user } = await newUser();
    const [first, second, third] = [await server.signIn(token), await server.signIn(token), await server.signIn(token)];
    const { sessions } = await admin.listSessions({});
    const newest = sessions.find((session) => session.user === user?.name);
    const { session } = await admin.revokeSession({ id: newest?.id ?? '' });
    expect(session?.user).to.equal(user?.name);
    expect(await Promise.all([first, second, third].map(asks))).to.have.members(['ok', 'ok', 'unauthenticated']);
    expect(await codeOf(admin.revokeSession({ id: newest?.id ?? '' }))).to.equal('SESSION_NOT_FOUND');
    const { sessionsEnded } = await admin.revokeUser({ user: user?.name ?? '' });
    expect(sessionsEnded).to.equal(2);
    expect(await Promise.all([first, second, third].map(asks))).to.deep.equal(Array(3).fill('unauthenticated'));
    expect((await login(token)).status).to.equal(401);
  });

  it('outlives the process of the server, as revoking does', async () => {
    const [kept, revoked] = [await newUser(), await newUser()];
    const cookies = [await server.signIn(kept.token), await server.signIn(revoked.token)];
    await server.admin().revokeUser({ user: revoked.user?.id ?? '' });
    const origin = server.origin;
    await server.restart();
    expect(server.origin).not.to.equal(origin);
    expect(await Promise.all(cookies.map(asks))).to.deep.equal(['ok', 'unauthenticated']);
  });

  it('is refused with a reason', async () => {
    const refusal = async (wish: HttpWish) => {
      const { status, text, cookies } = await post('/auth/login', wish);
      expect(cookies).to.deep.equal([]);
      return [status, (JSON.parse(text) as { error: { code: string } }).error.code];
    };
    const body = JSON.stringify({ token: server.adminToken });
    const { origin: _, ...noOrigin } = json();
    expect(await refusal({ body: '{"token":"vgot_guessed"}' })).to.deep.equal([401, 'UNAUTHENTICATED']);
    for (const wrong of ['', 'token=x', '[]', '"x"', 'null', '{"token":7}', '{"token":""}', '{"token":"a b"}'])
      expect(await refusal({ body: wrong }), wrong).to.deep.equal([400, 'INVALID_ARGUMENT']);
    server.clock.move(MINUTE);
    for (const headers of [
      noOrigin,
      { ...json(), origin: 'https://evil.example.com' },
      { ...json(), 'sec-fetch-site': 'cross-site' },
      { ...json(), 'content-type': 'text/plain' },
      { ...json(), 'content-type': 'application/x-www-form-urlencoded' },
    ])
      expect(await refusal({ headers, body }), JSON.stringify(headers)).to.deep.equal([403, 'PERMISSION_DENIED']);
    expect(await refusal({ headers: { origin: server.origin, 'connect-protocol-version': '1' }, body })).to.deep.equal([
      400,
      'INVALID_ARGUMENT',
    ]);
    expect(await refusal({ body: `{"token":"${'x'.repeat(4096)}"}` })).to.deep.equal([413, 'MESSAGE_TOO_LARGE']);
    const chunked = { ...json(), 'transfer-encoding': 'chunked' };
    expect(await refusal({ headers: chunked, body: 'x'.repeat(5_000) })).to.deep.equal([413, 'MESSAGE_TOO_LARGE']);
  });

  it('is slowed down for an address that tries too often, and for it alone', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await login(`vgot_guess-${n}`)).status);
    expect(statuses).to.deep.equal([...Array(10).fill(401), 429, 429]);
    const { status, headers, text } = await login(server.adminToken);
    expect(status).to.equal(429);
    expect(Number(headers['retry-after'])).to.be.within(1, 30);
    expect(text).to.include('OVERLOADED');
    server.clock.move(2_000);
    expect((await login(server.adminToken)).status).to.equal(204);
  });

  it('answers nothing else under its paths', async () => {
    for (const path of ['/auth/', '/auth/login/', '/auth/oidc/start', '/auth/oidc/callback'])
      expect((await server.http(path)).status, path).to.equal(404);
    expect((await server.http('/auth/login')).status).to.equal(405);
    expect((await server.http('/auth/login')).headers.allow).to.equal('POST');
    expect((await post('/auth/methods')).status).to.equal(405);
    expect((await server.http('/')).status).to.equal(404);
  });

  it('is not there on the ports for machines and probes', async () => {
    const { metrics } = server.addresses;
    for (const path of ['/auth/methods', '/auth/login'])
      expect((await fetch(`http://${metrics}${path}`)).status, path).to.equal(404);
  });

  it('works over HTTP/2 as well', async () => {
    const { token } = await newUser();
    const session = connectHttp2(server.origin, { ca: server.caPem });
    try {
      const send = (body: string) =>
        new Promise<number>((resolve, reject) => {
          const stream = session.request({ ':method': 'POST', ':path': '/auth/login', ...json() });
          stream.on('response', (headers) => resolve(headers[':status'] ?? 0)).on('error', reject);
          stream.resume().end(body);
        });
      expect(await send(JSON.stringify({ token }))).to.equal(204);
      expect(await send('x'.repeat(100_000))).to.equal(413);
      expect(await send(JSON.stringify({ token }))).to.equal(204);
    } finally {
      session.close();
    }
  });
});
