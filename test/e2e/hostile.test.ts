/** Hostile and mistaken peers against real servers: each is refused with the right code, and the server serves the next one. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { expect } from 'chai';
import type { SpannerStatusJson } from '../../src/cli/json/spoke.ts';
import { VigoError } from '../../src/fleet/errors.ts';
import { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { AgentService } from '../../src/gen/vigo/v1/agent_pb.js';
import { HubService, type ReportRequestSchema } from '../../src/gen/vigo/v1/hub_pb.js';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { identityOfCertificate } from '../../src/pki/identity.ts';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import { toVigoError } from '../../src/rpc/errors.ts';
import { createPeerTransport, type PeerCredentials, type PeerEndpoint } from '../../src/rpc/peer-transport.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import type { FleetServer } from '../support/fleet-servers.ts';
import { mebibytes, post, sendTcp, sendTls, withHttp2 } from '../support/raw-peer.ts';
import { checkInByRpc, enrollByRpc, type RpcEnvoy } from '../support/rpc-enrolment.ts';
import { createTestPki } from '../support/test-pki.ts';

const REVOKED = 'revoked.dc1.example.com';
const CHECK_IN = { ':path': '/vigo.v1.AgentService/CheckIn' };
const LOCATE = { ':path': '/vigo.v1.HubService/Locate' };
const REPORT = { ':path': '/vigo.v1.HubService/Report' };
const HEALTH = { ':path': '/grpc.health.v1.Health/Check' };
const LIST = { ':path': '/vigo.v1.AdminService/ListEnvoys' };

describe('hostile peers', function () {
  this.timeout(30_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  let envoy: RpcEnvoy;
  let dc2Envoy: RpcEnvoy;
  let spokeTls: PeerCredentials;
  let pids: Map<FleetServer, number>;

  before(async () => {
    const token = await fleet.enrollmentToken();
    [envoy, dc2Envoy] = await Promise.all([
      enrollByRpc(token, 'web1.dc1.example.com'),
      enrollByRpc(token, 'web1.dc2.example.com'),
    ]);
    const read = (name: string) => readFile(join(fleet.spoke('dc1').dataDir, 'tls', name), 'utf8');
    const [certPem, keyPem, caPem] = await Promise.all(['spoke.pem', 'spoke.key', 'ca.pem'].map(read));
    spokeTls = { certPem: certPem ?? '', keyPem: keyPem ?? '', caPem: caPem ?? '' };
    pids = new Map([fleet.hub, fleet.spoke('dc1'), fleet.spoke('dc2')].map((server) => [server, server.child.pid]));
  });

  // Whatever was sent: the same processes serve, on all of their listeners.
  afterEach(async () => {
    for (const [server, pid] of pids) expect(server.child).to.include({ pid, running: true });
    expect((await checkInByRpc(envoy)).epoch).to.equal(1);
    expect((await checkInByRpc(dc2Envoy)).epoch).to.equal(1);
    expect((await fleet.admin.listEnvoys({})).complete).to.equal(true);
    expect((await locate(envoy)).owner?.spokeId).to.equal('dc1');
  });

  const withTransport = async <T>(
    { transport, close }: { transport: Transport; close(): void },
    call: (transport: Transport) => Promise<T>,
  ) => {
    try {
      return await call(transport);
    } catch (error) {
      throw toVigoError(error, { target: 'the server' });
    } finally {
      close();
    }
  };
  const callPeer = <T>(endpoint: PeerEndpoint, tls: PeerCredentials, call: (transport: Transport) => Promise<T>) =>
    withTransport(createPeerTransport({ endpoint, tls }), call);
  const locate = (who: RpcEnvoy) =>
    callPeer(who.hub, who.tls, (transport) => createClient(HubService, transport).locate({}));

  /** What the call is refused with. */
  const refusal = async (call: Promise<unknown>): Promise<VigoError> => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof VigoError)) throw new Error(`not refused: ${String(error)}`);
    return error;
  };
  const expectDenied = async (call: Promise<unknown>, message: RegExp) => {
    const error = await refusal(call);
    expect(error).to.include({ code: 'PERMISSION_DENIED', kind: 'permission_denied' });
    expect(error.message).to.match(message);
  };

  it('cannot harm a server with a malformed Host or :authority', async () => {
    for (const server of pids.keys()) {
      await withHttp2(server.ports.grpc, envoy.tls, async (session) => {
        for (const authority of ['%%%', '[::', 'x:99999999']) {
          expect((await post(session, { ...HEALTH, ':authority': authority })).status, authority).to.equal(400);
        }
        expect((await post(session, HEALTH)).status).to.equal(200);
      });
    }
    for (const host of ['Host: a b', 'Host: %%%', 'Host: [::', 'X-No: host']) {
      const head = `POST ${LIST[':path']} HTTP/1.1\r\n${host}\r\nContent-Type: application/proto\r\nContent-Length: 0`;
      const answer = await sendTls(fleet.hub.ports.api, envoy.tls, `${head}\r\nConnection: close\r\n\r\n`);
      expect(answer, host).to.match(/^HTTP\/1\.1 400/);
    }
  });

  it('cannot make a server read 100 MiB', async () => {
    const targets = [
      { port: fleet.spoke('dc1').ports.grpc, headers: CHECK_IN },
      { port: fleet.hub.ports.grpc, headers: LOCATE },
      { port: fleet.hub.ports.api, headers: { ':path': '/vigo.v1.EnrollmentService/Enroll' } },
    ];
    for (const { port, headers } of targets) {
      const answer = await withHttp2(port, envoy.tls, (session) => post(session, headers, mebibytes(100)));
      expect(answer.status, headers[':path']).to.equal(429);
      expect(JSON.parse(answer.body).code).to.equal('resource_exhausted');
    }
  });

  it('cannot harm a server with garbage instead of TLS, HTTP or messages', async () => {
    const garbage = ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0000\u0005hello', Buffer.alloc(4096)];
    for (const { ports } of pids.keys()) {
      for (const bytes of garbage) await sendTcp(ports.grpc, bytes);
      const answer = await withHttp2(ports.grpc, envoy.tls, (session) =>
        post(session, CHECK_IN, [Buffer.alloc(16, 0xff)]),
      );
      expect(answer.status).to.be.greaterThanOrEqual(400);
    }
    for (const bytes of garbage) await sendTcp(fleet.hub.ports.api, bytes);
    expect(await sendTls(fleet.hub.ports.api, envoy.tls, 'GARBAGE\r\n\r\n')).to.equal('');
  });

  it('cannot use an envoy certificate for anything but its own check-ins and its own Locate', async () => {
    for (const endpoint of [envoy.owner, dc2Envoy.owner]) {
      const spokeService = (call: (client: Client<typeof SpokeService>) => Promise<unknown>) =>
        callPeer(endpoint, envoy.tls, (transport) => call(createClient(SpokeService, transport)));
      await expectDenied(
        spokeService((client) => client.status({})),
        /for a hub.*envoy/,
      );
      await expectDenied(
        spokeService((client) => client.revoke({ ids: [dc2Envoy.id] })),
        /for a hub.*envoy/,
      );
    }
    const install = (transport: Transport) => createClient(SpokeService, transport).installCertificate({});
    await expectDenied(callPeer(envoy.owner, envoy.tls, install), /for a hub.*envoy/);
    // Whatever it asks for, it gets a certificate for itself.
    const renew = (transport: Transport) => createClient(HubService, transport).renewCertificate({});
    const { certificatePem } = await callPeer(envoy.hub, envoy.tls, renew);
    expect(identityOfCertificate(new X509Certificate(certificatePem))).to.include({ kind: 'envoy', id: envoy.id });
    expect(await locate(envoy)).to.deep.include({ epoch: 1 });
    // Of another spoke it is told to ask the hub; nothing else is said about who is served there.
    const elsewhere = checkInByRpc(envoy, dc2Envoy.owner).catch((error: unknown) => {
      throw toVigoError(error, { target: 'dc2' });
    });
    expect(await refusal(elsewhere)).to.include({ code: 'IDENTITY_UNKNOWN', kind: 'permission_denied' });
  });

  it('cannot use a spoke certificate as a hub, as an envoy or as an operator', async () => {
    const status = (transport: Transport) => createClient(SpokeService, transport).status({});
    await expectDenied(callPeer(dc2Envoy.owner, spokeTls, status), /for a hub.*spoke dc1/);
    const checkIn = (transport: Transport) => createClient(AgentService, transport).checkIn({});
    await expectDenied(callPeer(dc2Envoy.owner, spokeTls, checkIn), /for an envoy.*spoke dc1/);
    const ask = (transport: Transport) => createClient(HubService, transport).locate({});
    await expectDenied(callPeer(envoy.hub, spokeTls, ask), /for an envoy.*spoke dc1/);
    const renew = (transport: Transport) => createClient(HubService, transport).renewCertificate({});
    await expectDenied(callPeer(envoy.hub, spokeTls, renew), /for an envoy.*spoke dc1/);
    const request = (transport: Transport) => createClient(SpokeService, transport).requestCertificate({});
    await expectDenied(callPeer(dc2Envoy.owner, spokeTls, request), /for a hub.*spoke dc1/);
    // The API listener knows tokens only; the certificate is not even looked at.
    const viaTls = await withHttp2(fleet.hub.ports.api, spokeTls, (session) => post(session, LIST));
    expect(viaTls.status).to.equal(401);
    expect(JSON.parse(viaTls.body).code).to.equal('unauthenticated');
    for (const token of [undefined, 'guessed', await fleet.enrollmentToken()]) {
      const options = { url: fleet.apiUrl, caPem: spokeTls.caPem, ...(token ? { token } : {}) };
      const list = withTransport(createApiTransport(options), (transport) =>
        createClient(AdminService, transport).listEnvoys({}),
      );
      expect(await refusal(list)).to.include({ code: 'UNAUTHENTICATED', kind: 'unauthenticated' });
    }
    // And the mTLS listener of the hub does not serve operators at all.
    const admin = (transport: Transport) => createClient(AdminService, transport).listEnvoys({});
    expect(await refusal(callPeer(envoy.hub, spokeTls, admin))).to.include({ code: 'NOT_SERVED_HERE' });
  });

  it('can report only as a spoke, and only for itself', async () => {
    const reportWith = (tls: PeerCredentials, status: { spokeId?: string; envoyCount?: number } = {}) =>
      callPeer(envoy.hub, tls, (transport) =>
        createClient(HubService, transport).report({ status, intervalMs: 1_000, hubAddress: 'hub:1530' }),
      );
    await expectDenied(reportWith(envoy.tls), /for a spoke.*envoy/);
    await expectDenied(reportWith(spokeTls, { spokeId: 'dc2' }), /dc1 reports for itself only/);
    const stranger = await (await createTestPki()).spoke('dc1');
    expect(await refusal(reportWith({ ...stranger, caPem: spokeTls.caPem }))).to.include({ code: 'UNREACHABLE' });
    const bare = withHttp2(fleet.hub.ports.grpc, { caPem: spokeTls.caPem }, (session) => post(session, REPORT));
    expect(await bare).to.deep.equal({ status: undefined, body: '' });
    expect((await spokesShown()).map(({ hubAddr }) => hubAddr)).to.deep.equal([null, null]);
    await reportWith(spokeTls, { envoyCount: 2 ** 32 - 1 });
    const [dc1, dc2] = await spokesShown();
    expect(dc1).to.include({ hubAddr: 'hub:1530', envoyCount: 1 });
    expect(dc2).to.include({ hubAddr: null, envoyCount: 1 });
  });

  it('cannot do anything with odd figures in a report but be refused, or be shown as odd', async () => {
    const report = (more: Omit<MessageInitShape<typeof ReportRequestSchema>, '$typeName'>) =>
      callPeer(envoy.hub, spokeTls, (transport) =>
        createClient(HubService, transport).report({ status: {}, intervalMs: 1_000, hubAddress: 'hub:1530', ...more }),
      );
    expect(await refusal(report({ intervalMs: 0 }))).to.include({ code: 'INVALID_ARGUMENT' });
    expect(await refusal(report({ hubAddress: 'x'.repeat(1_000_000) }))).to.include({ code: 'INVALID_ARGUMENT' });
    const tooLong = await refusal(report({ hubAddress: 'x'.repeat(2_000_000) }));
    expect(tooLong.kind).to.equal('resource_exhausted');
    await report({ intervalMs: 2 ** 32 - 1, hubAddress: '\u001b[2Jhub\n:1530' });
    await report({ status: { checkinsPerSecond: Number.NaN, refusedPerSecond: -1, version: 'v'.repeat(500_000) } });
    const [dc1] = await spokesShown();
    expect(dc1).to.include({ health: 'healthy' });
    // Its own answer to a probe may be in their place already.
    for (const perSecond of Object.values(dc1?.load ?? {})) expect(perSecond).to.be.a('number').and.at.least(0);
  });

  it('cannot come with a certificate of another CA, or without one', async () => {
    const other = await createTestPki();
    const stranger = await other.envoy(envoy.id);
    for (const endpoint of [envoy.owner, envoy.hub]) {
      const checkIn = (transport: Transport) => createClient(AgentService, transport).checkIn({});
      const error = await refusal(callPeer(endpoint, { ...stranger, caPem: envoy.tls.caPem }, checkIn));
      expect(error.code).to.equal('UNREACHABLE');
      expect(error.message).to.include('the connection was cut');
      const port = Number(endpoint.address.split(':')[1]);
      const bare = withHttp2(port, { caPem: envoy.tls.caPem }, (session) => post(session, CHECK_IN));
      expect(await bare).to.deep.equal({ status: undefined, body: '' });
    }
  });

  it('cannot go on as an envoy that was revoked: its agent ends with 4', async () => {
    await fleet.enroll(REVOKED);
    const agent = await fleet.runAgent(REVOKED);
    const thief = await credentialsOf(REVOKED);
    expect(await fleet.json(['envoys', 'revoke', REVOKED])).to.include({ hostname: REVOKED, delivered: true });
    const exit = await agent.exited;
    expect(exit.code).to.equal(4);
    expect(agent.stderr()).to.include('was revoked').and.include('code IDENTITY_REVOKED');
    const checkIn = (transport: Transport) => createClient(AgentService, transport).checkIn({ epoch: 1 });
    const error = await refusal(callPeer(envoy.owner, thief, checkIn));
    expect(error).to.include({ code: 'IDENTITY_REVOKED', kind: 'permission_denied' });
    const ask = (transport: Transport) => createClient(HubService, transport).locate({});
    expect(await refusal(callPeer(envoy.hub, thief, ask))).to.include({ code: 'IDENTITY_REVOKED' });
    const again = await fleet.cli(['agent', 'run', '--once', '--json', '--state-dir', fleet.stateDir(REVOKED)]);
    expect(again.code).to.equal(4);
    expect(again.stdout).to.include('IDENTITY_REVOKED');
  });

  const spokesShown = async () => (await fleet.json<SpannerStatusJson>(['spanner', 'status'])).spokes;
  const credentialsOf = async (hostname: string): Promise<PeerCredentials> => {
    const read = (name: string) => readFile(join(fleet.stateDir(hostname), name), 'utf8');
    const [certPem, keyPem, caPem] = await Promise.all(['cert.pem', 'key.pem', 'ca.pem'].map(read));
    return { certPem: certPem ?? '', keyPem: keyPem ?? '', caPem: caPem ?? '' };
  };
});
