/** What a probe over a real connection makes of whatever a spoke, or something in its place, can answer. */
import { createSecureServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { Code, ConnectError, createClient, type ServiceImpl } from '@connectrpc/connect';
import { expect } from 'chai';
import { type ErrorCode, VigoError } from '../../src/fleet/errors.ts';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import { createPeerTransport } from '../../src/rpc/peer-transport.ts';
import { probeSpoke } from '../../src/server/hub/health/spoke-probe.ts';
import { useServers } from '../support/servers.ts';
import { createTestPki, type TestCredentials } from '../support/test-pki.ts';

const TIMEOUT_MS = 300;

describe('a probe', () => {
  const servers = useServers();
  let hub: TestCredentials;
  let spoke: TestCredentials;
  before(async () => {
    [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1')]);
  });

  async function probe(address: string, tls = hub) {
    const endpoint = { address, identity: spoke.identity, spokeId: 'dc1' };
    const { transport } = servers.closing(createPeerTransport({ endpoint, tls }));
    const link = {
      spec: { id: 'dc1', addr: address, patterns: [] },
      endpoint,
      client: createClient(SpokeService, transport),
    };
    const options = {
      notices: { deliver: async () => 0 },
      corrector: { check: async () => 0 },
      timeoutMs: TIMEOUT_MS,
      clock: systemClock,
    };
    const { result } = await probeSpoke(options, link);
    return { outcome: result.outcome, reason: 'reason' in result ? result.reason : '' };
  }

  const serving = async (status: ServiceImpl<typeof SpokeService>['status'], tls = spoke): Promise<string> => {
    const routes = servers.start({ tls, routes: (router) => void router.service(SpokeService, { status }) });
    return (await routes).address.text;
  };
  const throwing = (error: Error) => serving(() => Promise.reject(error));

  /** Something that speaks HTTP/2 with the spoke's certificate, but is no vigo server. */
  async function bare(status: number | undefined): Promise<string> {
    const server = createSecureServer({ key: spoke.keyPem, cert: spoke.certPem, ca: spoke.caPem });
    const sessions = new Set<ServerHttp2Session>();
    server.on('session', (session: ServerHttp2Session) => sessions.add(session));
    server.on('stream', (stream) => {
      stream.on('error', () => undefined).resume();
      if (status === undefined) return;
      stream.respond({ ':status': status, 'retry-after': '1' });
      stream.end('no');
    });
    return listening(server, () => {
      for (const session of sessions) session.destroy();
    });
  }

  async function listening(
    server: Pick<Http2Server, 'listen' | 'address' | 'close'>,
    end: () => void,
  ): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.closing({
      close() {
        end();
        return new Promise((resolve) => server.close(resolve));
      },
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is good where the spoke answers', async () => {
    expect(await probe(await serving(() => ({ spokeId: 'dc1' })))).to.include({ outcome: 'good' });
  });

  const busy: [what: string, error: Error][] = [
    ['that it has too much to do', new VigoError('OVERLOADED', 'too many calls', { retryAfterMs: 2_000 })],
    ['that it is stopping', new VigoError('STOPPING', 'the server is stopping')],
  ];
  for (const [what, error] of busy) {
    it(`finds a spoke busy that answers ${what}`, async () => {
      const { outcome, reason } = await probe(await throwing(error));
      expect(outcome).to.equal('busy');
      expect(reason).to.include(error.message);
    });
  }

  for (const status of [429, 503]) {
    it(`finds a spoke busy for which something answers ${status}, without a word of ours`, async () => {
      expect((await probe(await bare(status))).outcome).to.equal('busy');
    });
  }

  const bad: [what: string, address: () => Promise<string>][] = [
    ['fails', () => throwing(new Error('a fault of the program'))],
    ['answers 500 without a word of ours', () => bare(500)],
    ['answers 404 without a word of ours', () => bare(404)],
    ['accepts the call and hangs', () => bare(undefined)],
    [
      'does not listen',
      async () => {
        const server = createTcpServer();
        const address = await listening(server as never, () => undefined);
        await new Promise((resolve) => server.close(resolve));
        return address;
      },
    ],
    [
      'accepts the connection and says nothing',
      () => {
        const sockets = new Set<{ destroy(): void }>();
        const server = createTcpServer((socket) => sockets.add(socket.on('error', () => undefined)));
        return listening(server as never, () => {
          for (const socket of sockets) socket.destroy();
        });
      },
    ],
    ['is another spoke', async () => serving(() => ({}), await servers.pki.spoke('dc2'))],
    ['has a certificate of another fleet', async () => serving(() => ({}), await (await createTestPki()).spoke('dc1'))],
  ];
  for (const [what, address] of bad) {
    it(`is bad where the spoke ${what}`, async () => {
      const { outcome, reason } = await probe(await address());
      expect({ outcome, reason: reason !== '' }).to.deep.equal({ outcome: 'bad', reason: true });
    });
  }

  it('does not count where the hub cannot resolve the name', async () => {
    expect((await probe('spoke.invalid:1530')).outcome).to.equal('own_fault');
  });

  // Node hangs up without an alert. All spokes do so at once then, which makes the hub suspect itself: `fleet/failover-policy.ts`.
  it('is bad where the spoke hangs up on the certificate of the hub, as nothing tells why', async () => {
    const foreign = await (await createTestPki()).hub();
    const address = await serving(() => ({}));
    expect((await probe(address, { ...foreign, caPem: hub.caPem })).outcome).to.equal('bad');
  });

  const denied: ErrorCode[] = ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'LICENSE_EXPIRED'];
  for (const code of denied) {
    it(`does not count where the spoke answers ${code}`, async () => {
      expect((await probe(await throwing(new VigoError(code, 'no')))).outcome).to.equal('own_fault');
    });
  }

  it('finds a spoke that only proxies say is away bad, as it says nothing itself', async () => {
    expect((await probe(await throwing(new ConnectError('upstream is away', Code.Unavailable)))).outcome).to.equal(
      'bad',
    );
  });
});
