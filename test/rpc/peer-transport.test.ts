/** Calls between our own parts: whom they trust, and that each of them ends. */
import { createHash, X509Certificate } from 'node:crypto';
import { createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { VigoError } from '../../src/fleet/errors.ts';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import { createPeerTransport } from '../../src/rpc/peer-transport.ts';
import { fetchPinnedCa } from '../../src/rpc/pinned-ca.ts';
import { failureOf } from '../support/rpc-failure.ts';
import { eventually, useServers } from '../support/servers.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { createTestPki, type TestCredentials } from '../support/test-pki.ts';

const failure = (call: Promise<unknown>) => failureOf(call, 'dc1');

describe('peer transport', () => {
  const servers = useServers();
  let hub: TestCredentials;
  let spoke: TestCredentials;

  before(async () => {
    [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1')]);
  });

  const start = (check: () => object | Promise<object> = () => ({ status: 1 })) =>
    servers.start({ tls: spoke, routes: (router) => router.service(Health, { check }) });

  it('reuses one connection for all calls and ends it with close', async () => {
    const listener = await start();
    const peer = servers.dial(listener, hub, spoke.identity);
    const client = createClient(Health, peer.transport);
    await Promise.all(Array.from({ length: 20 }, () => client.check({})));
    expect(listener.sessions()).to.equal(1);
    peer.close();
    peer.close();
    expect(await eventually(() => listener.sessions() === 0)).to.equal(true);
    expect((await failure(client.check({}))).message).to.include('closed');
    expect(listener.sessions()).to.equal(0);
  });

  it('refuses a server that is somebody else of the same fleet', async () => {
    const listener = await start();
    const error = await failure(createClient(Health, servers.dial(listener, hub, hub.identity).transport).check({}));
    expect(error.code).to.equal('PERMISSION_DENIED');
    expect(error.message).to.include(spoke.identity).and.to.include(`expected ${hub.identity}`);
  });

  it('refuses a server of another fleet, and a server refuses a caller of another fleet', async () => {
    const listener = await start();
    const strangers = await createTestPki();
    const stranger = await strangers.hub();
    const untrusting = servers.dial(listener, { ...hub, caPem: strangers.caPem }, spoke.identity);
    const error = await failure(createClient(Health, untrusting.transport).check({}));
    expect(error).to.include({ code: 'UNREACHABLE' });
    expect(error.message).to.include('not trusted');
    const foreign = servers.dial(listener, { ...stranger, caPem: hub.caPem }, spoke.identity);
    expect((await failure(createClient(Health, foreign.transport).check({}))).code).to.equal('UNREACHABLE');
  });

  it('gives up on a black hole after the connect timeout', async () => {
    const hole = servers.closing(await startTcpProxy());
    const peer = servers.closing(
      createPeerTransport({
        endpoint: { address: hole.address, identity: spoke.identity },
        tls: hub,
        connectTimeoutMs: 60,
      }),
    );
    const begin = systemClock.monotonic();
    const error = await failure(createClient(Health, peer.transport).check({}));
    expect(error.code).to.equal('UNREACHABLE');
    expect(error.message).to.include('timed out');
    expect(systemClock.monotonic() - begin).to.be.lessThan(1_500);
  });

  it('survives being closed while it connects', async () => {
    const hole = servers.closing(await startTcpProxy());
    const endpoint = { address: hole.address, identity: spoke.identity };
    const peer = createPeerTransport({ endpoint, tls: hub });
    const call = failure(createClient(Health, peer.transport).check({}));
    await new Promise((resolve) => setImmediate(resolve));
    peer.close();
    expect((await call).code).to.equal('UNREACHABLE');
  });

  it('ends a call at its deadline', async () => {
    const listener = await start(() => new Promise(() => undefined));
    const peer = servers.dial(listener, hub, spoke.identity, { defaultTimeoutMs: 50 });
    const error = await failure(createClient(Health, peer.transport).check({}));
    expect(error).to.include({ code: 'TIMEOUT', message: 'dc1 did not answer in time' });
  });

  it('says that the connection was refused or the name is unknown', async () => {
    const listener = await start();
    await listener.close(0);
    const refused = servers.dial(listener, hub, spoke.identity);
    const error = await failure(createClient(Health, refused.transport).check({}));
    expect(error.code).to.equal('UNREACHABLE');
    expect(error.message).to.equal('cannot reach dc1: connection refused: is it running, and is the port right?');
    const endpoint = { address: 'nowhere.invalid:1530', identity: spoke.identity };
    const nowhere = servers.closing(createPeerTransport({ endpoint, tls: hub }));
    expect((await failure(createClient(Health, nowhere.transport).check({}))).message).to.include('cannot be resolved');
  });

  it('reconnects after the server was away', async () => {
    const first = await start();
    const proxyTarget = first.address.text;
    const peer = servers.dial(first, hub, spoke.identity);
    const client = createClient(Health, peer.transport);
    await client.check({});
    await first.close(0);
    expect((await failure(client.check({}))).code).to.equal('UNREACHABLE');
    await servers.start({
      tls: spoke,
      listen: proxyTarget,
      routes: (router) => router.service(Health, { check: () => ({ status: 1 }) }),
    });
    expect((await client.check({})).status).to.equal(1);
  });

  it('rejects an address without a port', () => {
    const endpoint = { address: 'spoke1.example.com', identity: spoke.identity };
    expect(() => createPeerTransport({ endpoint, tls: hub })).to.throw(VigoError, 'expected host:port');
  });
});

describe('pinned CA', () => {
  const servers = useServers();

  it('fetches the CA that has the digest, and nothing else', async () => {
    const hub = await servers.pki.hub();
    const listener = await servers.start({ tls: hub, requireClientCert: false, routes: () => undefined });
    const url = `https://${listener.address.text}`;
    const found = await fetchPinnedCa({ url, digest: servers.pki.digest.toUpperCase() });
    expect(new X509Certificate(found).fingerprint256).to.equal(new X509Certificate(servers.pki.caPem).fingerprint256);
    const digest = createHash('sha256').update('another').digest('hex');
    expect((await failure(fetchPinnedCa({ url, digest }))).code).to.equal('CA_MISMATCH');
  });

  it('ends within its time when nobody answers, and says that a port is closed', async () => {
    const hole = servers.closing(await startTcpProxy());
    const silent = await failure(fetchPinnedCa({ url: `https://${hole.address}`, digest: '00', timeoutMs: 60 }));
    expect(silent.code).to.equal('UNREACHABLE');
    expect(silent.message).to.include('timed out');
    await hole.close();
    const refused = await failure(fetchPinnedCa({ url: `https://${hole.address}`, digest: '00' }));
    expect(refused.message).to.include('connection refused');
    expect((await failure(fetchPinnedCa({ url: 'http://hub:1', digest: '00' }))).code).to.equal('USAGE');
  });
});
