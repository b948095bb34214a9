/** What a listener promises: who gets in, what callers see, how it ends. */
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { Code, ConnectError, createClient, type HandlerContext } from '@connectrpc/connect';
import { expect } from 'chai';
import { VigoError } from '../../src/fleet/errors.ts';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.js';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { publicKeyDer } from '../../src/pki/keys.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import { toVigoError } from '../../src/rpc/errors.ts';
import { createHealthService } from '../../src/server/platform/health-service.ts';
import { kPeer, requirePeer } from '../../src/server/platform/peer.ts';
import { failureOf } from '../support/rpc-failure.ts';
import { collect, eventually, useServers } from '../support/servers.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const failure = (call: Promise<unknown>) => failureOf(call, 'the spoke');

describe('listener', () => {
  const servers = useServers();

  /** A spoke whose Status does what `status` says, and a hub that calls it. */
  async function hubAndSpoke(status: (context: HandlerContext) => object | Promise<object>) {
    const [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1')]);
    const listener = await servers.start({
      tls: spoke,
      routes: (router) => router.service(SpokeService, { status: (_request, context) => status(context) }),
    });
    const peer = servers.dial(listener, hub, spoke.identity);
    return { listener, peer, hub, client: createClient(SpokeService, peer.transport) };
  }

  it('serves a call over mTLS and tells the handler who calls, with the key', async () => {
    let digests: (string | undefined)[] = [];
    let key: Buffer | undefined;
    const { client, hub } = await hubAndSpoke((context) => {
      key = requirePeer(context, 'hub').publicKey;
      digests = [...digests, context.values.get(kPeer)?.keyDigest];
      return { spokeId: 'dc1' };
    });
    expect((await client.status({})).spokeId).to.equal('dc1');
    await client.status({});
    expect(key?.equals(publicKeyDer(hub.certPem))).to.equal(true);
    expect(new Set(digests).size).to.equal(1);
  });

  it('refuses a caller of another kind with PERMISSION_DENIED, naming both', async () => {
    const { client } = await hubAndSpoke((context) => requirePeer(context, 'spoke'));
    const error = await failure(client.status({}));
    expect(error.code).to.equal('PERMISSION_DENIED');
    expect(error.message).to.match(/for a spoke.*that of a hub/);
  });

  it('carries code and message of a domain error to the caller', async () => {
    const { client } = await hubAndSpoke(() => {
      throw new VigoError('SPOKE_NOT_FOUND', 'no spoke "dc9"; known spokes: dc1, dc2');
    });
    const raw = await client.status({}).catch((error: unknown) => error as ConnectError);
    expect((raw as ConnectError).code).to.equal(Code.NotFound);
    const error = toVigoError(raw, { target: 'the spoke' });
    expect(error).to.include({ code: 'SPOKE_NOT_FOUND', message: 'no spoke "dc9"; known spokes: dc1, dc2' });
  });

  it('hides what nobody planned behind "internal error" and logs it with its stack', async () => {
    const logged: object[] = [];
    const log = () => undefined;
    const spoke = await servers.pki.spoke('dc1');
    const listener = await servers.start({
      tls: spoke,
      logger: { debug: log, info: log, warn: log, error: (fields) => logged.push(fields) },
      routes: (router) =>
        router.service(SpokeService, {
          status() {
            throw new Error('password is hunter2');
          },
          // biome-ignore lint/correctness/useYield: fails before its first message, as a broken handler does
          async *listEnvoys() {
            throw new Error('password is hunter3');
          },
        }),
    });
    const client = createClient(
      SpokeService,
      servers.dial(listener, await servers.pki.hub(), spoke.identity).transport,
    );
    expect((await failure(client.status({}))).message).to.equal('the spoke refused: internal error');
    expect((await failure(collect(client.listEnvoys({})))).message).to.equal('the spoke refused: internal error');
    expect(logged).to.have.length(2);
    expect(JSON.stringify(logged)).to.include('hunter2').and.to.include('listener.test.ts');
  });

  it('does not pass on the headers of a call that the handler made itself', async () => {
    const { client } = await hubAndSpoke(() => {
      throw new ConnectError('upstream', Code.Unavailable, { 'x-secret': '1', 'content-length': '7' });
    });
    const error = (await client.status({}).catch((reason: unknown) => reason)) as ConnectError;
    expect(error.code).to.equal(Code.Unavailable);
    expect(error.metadata.get('x-secret')).to.equal(null);
  });

  it('lets a running call finish when it closes, and ends idle sessions', async () => {
    const gate = Promise.withResolvers<object>();
    const called = Promise.withResolvers<void>();
    const { client, listener, hub } = await hubAndSpoke(() => {
      called.resolve();
      return gate.promise;
    });
    const idle = createClient(Health, servers.dial(listener, hub, (await servers.pki.spoke('dc1')).identity).transport);
    await idle.check({}).catch(() => undefined);
    const answer = client.status({});
    await called.promise;
    expect(listener.sessions()).to.equal(2);
    const closed = listener.close(5_000);
    expect(await eventually(() => listener.sessions() === 1)).to.equal(true);
    gate.resolve({ spokeId: 'dc1' });
    expect((await answer).spokeId).to.equal('dc1');
    await closed;
    expect(listener.sessions()).to.equal(0);
    expect((await failure(client.status({}))).code).to.equal('UNREACHABLE');
  });

  it('aborts what still runs after the grace with Unavailable', async () => {
    const called = Promise.withResolvers<void>();
    const { client, listener } = await hubAndSpoke((context) => {
      called.resolve();
      return new Promise((_resolve, reject) =>
        context.signal.addEventListener('abort', () => reject(context.signal.reason)),
      );
    });
    const answer = failure(client.status({}));
    await called.promise;
    const begin = systemClock.monotonic();
    await listener.close(50);
    expect(systemClock.monotonic() - begin).to.be.lessThan(2_000);
    const error = await answer;
    expect(error.code).to.equal('UNREACHABLE');
    expect(error.message).to.include('stopping');
  });

  it('ends a handler that ignores the abort, too', async () => {
    const called = Promise.withResolvers<void>();
    const { client, listener } = await hubAndSpoke(() => {
      called.resolve();
      return new Promise(() => undefined);
    });
    const answer = failure(client.status({}));
    await called.promise;
    await listener.close(0);
    expect((await answer).code).to.equal('UNREACHABLE');
  });

  it('shows new certificates to new connections after a reload', async () => {
    const { listener, hub, client } = await hubAndSpoke(() => ({}));
    await client.status({});
    const renamed = await servers.pki.spoke('dc7');
    listener.reloadTls(renamed);
    await client.status({});
    const second = createClient(SpokeService, servers.dial(listener, hub, renamed.identity).transport);
    await second.status({});
    expect(listener.sessions()).to.equal(2);
  });

  it('says which address it cannot have, and what to do', async () => {
    const spoke = await servers.pki.spoke('dc1');
    const { address } = await servers.start({ tls: spoke, routes: () => undefined });
    const taken = await failure(servers.start({ tls: spoke, routes: () => undefined, listen: address.text }));
    expect(taken.code).to.equal('LISTEN_FAILED');
    expect(taken.message).to.include(address.text).and.to.include('choose another port');
    const nonsense = await failure(servers.start({ tls: spoke, routes: () => undefined, listen: '1530' }));
    expect(nonsense.code).to.equal('LISTEN_FAILED');
  });

  it('drops a session whose peer does not answer pings', async () => {
    const [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1')]);
    const listener = await servers.start({
      tls: spoke,
      routes: () => undefined,
      keepaliveMs: 20,
      keepaliveTimeoutMs: 100,
    });
    const proxy = servers.closing(await startTcpProxy(listener.address.text));
    const live = servers.closing(connectHttp2(`https://${listener.address.text}`, clientTls(hub)));
    const dead = servers.closing(connectHttp2(`https://${proxy.address}`, clientTls(hub)));
    dead.on('error', () => undefined);
    await Promise.all([live, dead].map((session) => new Promise((resolve) => session.once('remoteSettings', resolve))));
    expect(listener.sessions()).to.equal(2);
    proxy.freeze();
    expect(await eventually(() => listener.sessions() === 1)).to.equal(true);
    expect(live.destroyed).to.equal(false);
  });

  it('answers HTTP/1.1 and unknown paths on the API listener', async () => {
    const hub = await servers.pki.hub({ ipAddresses: ['127.0.0.1'] });
    const listener = await servers.start({
      tls: hub,
      requireClientCert: false,
      routes: () => undefined,
      contextValues: undefined,
    });
    const answer = await new Promise<{ status?: number; body: string }>((resolve, reject) => {
      const { host, port } = listener.address;
      const request = httpsRequest(
        { host, port, path: '/nothing', ca: servers.pki.caPem, agent: false },
        async (response) =>
          resolve({ status: response.statusCode, body: Buffer.concat(await collect(response)).toString() }),
      );
      request.on('error', reject).end();
    });
    expect(answer.status).to.equal(404);
    expect(JSON.parse(answer.body).error.code).to.equal('NOT_FOUND');
  });

  it('tells a watcher of health changes, and ends the watch when the server stops', async () => {
    const [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1')]);
    const stopping = new AbortController();
    const watchers = new Set<() => void>();
    let serving = false;
    const health = createHealthService({
      isServing: (service) => (service === '' ? serving : undefined),
      onChange: (watcher) => {
        watchers.add(watcher);
        return () => watchers.delete(watcher);
      },
      stopping: stopping.signal,
    });
    const listener = await servers.start({ tls: spoke, routes: (router) => router.service(Health, health) });
    const client = createClient(Health, servers.dial(listener, hub, spoke.identity).transport);
    expect(await client.check({})).to.include({ status: 2 });
    expect((await client.check({ service: 'x' }).catch((error: unknown) => error)) as ConnectError).to.include({
      code: Code.NotFound,
    });
    const seen: number[] = [];
    const unknown: number[] = [];
    const ended = Promise.all([
      (async () => {
        for await (const { status } of client.watch({})) seen.push(status);
      })(),
      (async () => {
        for await (const { status } of client.watch({ service: 'x' })) unknown.push(status);
      })(),
    ]);
    await eventually(() => seen.length === 1 && unknown.length === 1);
    serving = true;
    for (const tell of watchers) tell();
    await eventually(() => seen.length === 2);
    stopping.abort();
    await ended;
    expect(seen).to.deep.equal([2, 1, 2]);
    expect(unknown).to.deep.equal([3]);
    expect(watchers.size).to.equal(0);
  });

  it("lets a CLI in that trusts the fleet's CA, by host name or by the hub's identity", async () => {
    const hub = await servers.pki.hub({ dnsNames: ['hub.example.com'] });
    const spoke = await servers.pki.spoke('dc1', { dnsNames: ['hub.example.com'] });
    let token: string | null = null;
    const start = (tls: typeof hub) =>
      servers.start({
        tls,
        requireClientCert: false,
        contextValues: undefined,
        routes: (router) =>
          router.service(Health, {
            check(_request, { requestHeader }) {
              token = requestHeader.get('authorization');
              return { status: 1 };
            },
          }),
      });
    const check = async (address: string, caPem?: string) => {
      const { transport } = servers.closing(createApiTransport({ url: `https://${address}`, caPem, token: 's3cret' }));
      return createClient(Health, transport).check({});
    };
    const good = await start(hub);
    expect((await check(good.address.text, servers.pki.caPem)).status).to.equal(1);
    expect(token).to.equal('Bearer s3cret');
    expect((await failure(check(good.address.text))).message).to.include('--ca-file');
    const impostor = await start(spoke);
    expect((await failure(check(impostor.address.text, servers.pki.caPem))).message).to.include('not of a hub');
  });
});

function clientTls(tls: { certPem: string; keyPem: string; caPem: string }) {
  return { cert: tls.certPem, key: tls.keyPem, ca: tls.caPem, checkServerIdentity: () => undefined };
}
