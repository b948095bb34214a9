// The agent's connections against real mTLS servers.
import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { expect } from 'chai';
import { type AgentLink, ServerBusyError } from '../../../src/agent/agent-link.ts';
import type { AgentEndpoint } from '../../../src/agent/endpoint.ts';
import { createLink } from '../../../src/agent/link.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { AgentService, type CheckInRequest } from '../../../src/gen/vigo/v1/agent_pb.js';
import { HubService } from '../../../src/gen/vigo/v1/hub_pb.js';
import { ErrorDetailSchema } from '../../../src/gen/vigo/v1/types_pb.js';
import { formatIdentity } from '../../../src/pki/identity.ts';
import { createTestFleet, ENVOY_ID, type TestFleet } from './enrolled-machine.ts';

/** However it ended: a client that leaves says so with an error code. */
const gone = (session: ServerHttp2Session) => new Promise<void>((resolve) => session.once('close', resolve));

interface TestServer {
  readonly endpoint: AgentEndpoint;
  readonly requests: CheckInRequest[];
  readonly sessions: Set<ServerHttp2Session>;
  /** Connections that were ever made. */
  connections: number;
  fails: ConnectError | undefined;
  stop(): Promise<void>;
}

describe('agent link', () => {
  const signal = new AbortController().signal;
  let fleet: TestFleet;
  let dc1: TestServer;
  let dc2: TestServer;
  let link: AgentLink;

  before(async () => {
    fleet = await createTestFleet();
  });
  after(() => fleet.remove());
  beforeEach(async () => {
    [dc1, dc2] = await Promise.all([serve('dc1'), serve('dc2')]);
    const identity = await fleet.issue({ kind: 'envoy', id: ENVOY_ID, trustDomain: fleet.ca.trustDomain });
    link = createLink({ identity, timeoutMs: 5_000 });
  });
  afterEach(async () => {
    link.close();
    await Promise.all([dc1.stop(), dc2.stop()]);
  });

  async function serve(spokeId: string): Promise<TestServer> {
    const identity = { kind: 'spoke', id: spokeId, trustDomain: fleet.ca.trustDomain } as const;
    const { keyPem, certPem, caPem } = await fleet.issue(identity);
    const handler = connectNodeAdapter({
      routes(router) {
        router.service(AgentService, {
          checkIn(request) {
            if (test.fails) throw test.fails;
            test.requests.push(request);
            return { epoch: 7, nextCheckinAfterMs: 1_234 };
          },
        });
        router.service(HubService, { locate: () => ({ epoch: 9, owner: test.endpoint }) });
      },
    });
    const tls = { key: keyPem, cert: certPem, ca: caPem, requestCert: true, rejectUnauthorized: true };
    const server: Http2SecureServer = createSecureServer(tls, handler);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sessions = new Set<ServerHttp2Session>();
    server.on('session', (session) => {
      test.connections += 1;
      sessions.add(session);
      session.on('close', () => sessions.delete(session));
    });
    const { port } = server.address() as AddressInfo;
    const test: TestServer = {
      endpoint: { address: `127.0.0.1:${port}`, identity: formatIdentity(identity), spokeId },
      requests: [],
      sessions,
      connections: 0,
      fails: undefined,
      async stop() {
        for (const session of sessions) session.destroy();
        if (server.listening) await new Promise((resolve) => server.close(resolve));
      },
    };
    return test;
  }

  const failure = async (call: Promise<unknown>): Promise<VigoError> => {
    const error = await call.then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).to.be.instanceOf(VigoError);
    return error;
  };

  it('checks in again and again over one connection', async () => {
    const traitsDigest = new Uint8Array([1, 2, 3]);
    for (let i = 0; i < 3; i++) {
      const response = await link.checkIn(dc1.endpoint, { epoch: 5, traitsDigest }, signal);
      expect(response).to.include({ epoch: 7, nextCheckinAfterMs: 1_234 });
    }
    expect(dc1.requests).to.have.length(3);
    expect(dc1.requests[0]?.epoch).to.equal(5);
    expect(dc1.connections).to.equal(1);
  });

  it('closes the connection to the old owner when it checks in at another', async () => {
    await link.checkIn(dc1.endpoint, {}, signal);
    const [old] = dc1.sessions;
    await Promise.all([gone(old!), link.checkIn(dc2.endpoint, {}, signal)]);
    expect(dc1.sessions.size).to.equal(0);
    expect(dc2.sessions.size).to.equal(1);
  });

  it('asks a hub without keeping the connection, and keeps that to its owner', async () => {
    await link.checkIn(dc1.endpoint, {}, signal);
    expect((await link.locate(dc2.endpoint, { epoch: 1 }, signal)).epoch).to.equal(9);
    const [session] = dc2.sessions;
    if (session) await gone(session);
    await link.checkIn(dc1.endpoint, {}, signal);
    expect(dc1.connections).to.equal(1);
  });

  it('refuses a server that is not whom the endpoint names', async () => {
    const error = await failure(link.checkIn({ ...dc1.endpoint, identity: dc2.endpoint.identity }, {}, signal));
    expect(error.code).to.equal('PERMISSION_DENIED');
    expect(dc1.requests).to.have.length(0);
  });

  it('connects anew after the connection was lost', async () => {
    await link.checkIn(dc1.endpoint, {}, signal);
    for (const session of dc1.sessions) session.destroy();
    // The loss may be noticed before the next call or by it.
    await link.checkIn(dc1.endpoint, {}, signal).catch(() => link.checkIn(dc1.endpoint, {}, signal));
    expect(dc1.connections).to.equal(2);
  });

  it('says who cannot be reached', async () => {
    await dc1.stop();
    const error = await failure(link.checkIn(dc1.endpoint, {}, signal));
    expect(error.code).to.equal('UNREACHABLE');
    expect(error.message).to.include('dc1').and.include(dc1.endpoint.address);
  });

  it("passes on the server's own code and keeps the connection", async () => {
    dc1.fails = new ConnectError('envoy web1 has been revoked', Code.PermissionDenied, undefined, [
      { desc: ErrorDetailSchema, value: { code: 'IDENTITY_REVOKED' } },
    ]);
    expect((await failure(link.checkIn(dc1.endpoint, {}, signal))).code).to.equal('IDENTITY_REVOKED');
    dc1.fails = undefined;
    await link.checkIn(dc1.endpoint, {}, signal);
    expect(dc1.connections).to.equal(1);
  });

  it('reads from a busy server when to come back', async () => {
    dc1.fails = new ConnectError('too many check-ins', Code.ResourceExhausted, { 'retry-after': '2.5' });
    const error = await failure(link.checkIn(dc1.endpoint, {}, signal));
    expect(error).to.be.instanceOf(ServerBusyError);
    expect((error as ServerBusyError).retryAfterMs).to.equal(2_500);
  });

  it('ends a call when it is told to', async () => {
    await failure(link.checkIn(dc1.endpoint, {}, AbortSignal.abort()));
    expect(dc1.requests).to.have.length(0);
  });
});
