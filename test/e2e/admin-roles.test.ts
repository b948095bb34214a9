/** Who may call what of `AdminService`: every method, by every kind of caller, over real TLS. */
import { expect } from 'chai';
import { Role } from '../../src/gen/vigo/v1/access_pb.js';
import { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { type ApiServer, type RpcMethod, startApiServer } from '../support/api-server.ts';

/** What a viewer is told. A method that is not in here fails the first test. */
const FOR_VIEWERS: Readonly<Record<string, boolean>> = {
  listEnvoys: true,
  streamEnvoys: true,
  getEnvoy: true,
  revokeEnvoy: false,
  getSpannerStatus: true,
  getSpoke: true,
  startMove: false,
  getMove: true,
  listMoves: true,
  watchMove: true,
  cancelMove: false,
  cordonSpoke: false,
  uncordonSpoke: false,
  createJoinToken: false,
  createEnrollmentToken: false,
  listEnrollmentTokens: false,
  revokeEnrollmentToken: false,
  getLicense: true,
  publishConfig: false,
  rollbackConfig: false,
  getConfigStatus: true,
  listConfigHistory: true,
  listRuns: true,
  getRun: true,
  listAudit: true,
  verifyAudit: true,
  getOverview: true,
  getFleetHistory: true,
  watchFleet: true,
  diffConfig: true,
  getMe: true,
  getPki: true,
  createUser: false,
  listUsers: false,
  revokeUser: false,
  listSessions: false,
  revokeSession: false,
  listNotifications: false,
  retryNotification: false,
  beginCaRotation: false,
  finishCaRotation: false,
};

const METHODS = Object.keys(AdminService.method) as RpcMethod[];
const DENIED = ['unauthenticated', 'permission_denied'];

describe('the admin service', function () {
  this.timeout(30_000);
  let server: ApiServer;
  const tokens = { viewer: '', revoked: '', expired: '' };
  const cookies = { viewer: '', admin: '', left: '' };

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const outcomes = async (headers: Record<string, string>) => {
    const all: Record<string, string | undefined> = {};
    for (const method of METHODS) all[method] = (await server.rpc(method, headers)).code;
    return all;
  };
  const everyMethod = (code: string) => Object.fromEntries(METHODS.map((method) => [method, code]));
  /** Methods whose callers were let in, whatever became of their empty requests. */
  const letIn = (all: Record<string, string | undefined>) =>
    METHODS.filter((method) => !DENIED.includes(all[method] ?? '')).sort();

  before(async () => {
    server = await startApiServer();
    const admin = server.admin();
    const create = async (name: string, ttlSeconds = 0) =>
      (await admin.createUser({ name, role: Role.VIEWER, ttlSeconds })).token;
    tokens.viewer = await create('viewer');
    tokens.revoked = await create('revoked');
    tokens.expired = await create('expired', 60);
    await admin.revokeUser({ user: 'revoked' });
    server.clock.move(61_000);
    cookies.viewer = await server.signIn(tokens.viewer);
    cookies.admin = await server.signIn(server.adminToken);
    cookies.left = await server.signIn(tokens.viewer);
    await server.http('/auth/logout', { method: 'POST', headers: server.asPage(cookies.left) });
  });
  after(() => server.close());

  it('has a row here for every method', () => {
    expect(Object.keys(FOR_VIEWERS).sort()).to.deep.equal([...METHODS].sort());
  });

  it('lets a viewer look, and tells him what all else needs', async () => {
    const reads = METHODS.filter((method) => FOR_VIEWERS[method]).sort();
    for (const headers of [bearer(tokens.viewer), server.asPage(cookies.viewer)]) {
      const all = await outcomes(headers);
      expect(letIn(all)).to.deep.equal(reads);
      for (const method of METHODS) if (!FOR_VIEWERS[method]) expect(all[method], method).to.equal('permission_denied');
    }
    const { message } = await server.rpc('startMove', bearer(tokens.viewer));
    expect(message).to.equal('viewer has the role viewer, which may only look: this needs the role admin');
  });

  it('lets an administrator do everything', async () => {
    for (const headers of [bearer(server.adminToken), server.asPage(cookies.admin)])
      expect(letIn(await outcomes(headers))).to.deep.equal([...METHODS].sort());
  });

  it('lets nobody in who is not known, not known any more, or not yet', async () => {
    for (const headers of [
      {},
      bearer(tokens.revoked),
      bearer(tokens.expired),
      bearer('vgot_guessed'),
      { authorization: 'Basic YWRtaW46YWRtaW4=' },
      server.asPage(cookies.left),
      server.asPage('__Host-vigo_session=guessed'),
      // What a cookie holds is no token, nor the other way round.
      bearer(cookies.viewer.split('=')[1] ?? ''),
      server.asPage(`__Host-vigo_session=${tokens.viewer}`),
    ])
      expect(await outcomes(headers), JSON.stringify(headers)).to.deep.equal(everyMethod('unauthenticated'));
  });

  it('says why a token is not good any more', async () => {
    const why = async (token: string) => (await server.rpc('getMe', bearer(token))).message;
    expect(await why(tokens.revoked)).to.include('revoked was revoked');
    expect(await why(tokens.expired)).to.include('expired has expired');
  });

  it('does not take a cookie from another site, nor from what any form could send', async () => {
    const own = server.asPage(cookies.admin);
    const { origin: _origin, ...noOrigin } = own;
    const { 'connect-protocol-version': _version, ...simple } = own;
    expect((await server.rpc('getMe', { ...noOrigin, 'sec-fetch-site': 'same-origin' })).code).to.equal(undefined);
    for (const headers of [
      noOrigin,
      { ...own, origin: 'https://evil.example.com' },
      { ...own, origin: 'null' },
      { ...own, origin: server.origin.replace('https', 'http') },
      { ...own, origin: 'https://127.0.0.1:1' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'sec-fetch-site': 'none' },
    ])
      expect(await outcomes(headers), JSON.stringify(headers)).to.deep.equal(everyMethod('permission_denied'));
    const form = await server.http('/vigo.v1.AdminService/GetMe', {
      method: 'POST',
      headers: { ...simple, 'content-type': 'application/proto' },
    });
    expect(form.status).to.equal(403);
    expect(form.text).to.include('connect-protocol-version');
  });

  it('tells who is asking, and who answers', async () => {
    const me = await server.admin(tokens.viewer).getMe({});
    expect(me).to.deep.include({ name: 'viewer', role: Role.VIEWER, credential: 'token' });
    expect(me).to.deep.include({ serverRole: 'standalone', serverVersion: '1.2.3', serverHostname: '127.0.0.1' });
    expect(me.expiresAt).to.equal(undefined);
    expect((await server.admin().getMe({})).credential).to.equal('admin-token');
  });
});
