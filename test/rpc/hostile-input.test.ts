/** What a broken or hostile peer can send: it gets its refusal, and the server serves the next one as before. */
import { type ClientHttp2Session, connect as connectHttp2, constants, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { create, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { Health, HealthCheckRequestSchema } from '../../src/gen/grpc/health/v1/health_pb.js';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import { toVigoError } from '../../src/rpc/errors.ts';
import { formatHostPort } from '../../src/rpc/host-port.ts';
import type { Listener, ListenerOptions } from '../../src/server/platform/listener.ts';
import { eventually, useServers } from '../support/servers.ts';
import type { TestCredentials } from '../support/test-pki.ts';

const MIB = 1024 * 1024;

describe('hostile input', () => {
  const servers = useServers();
  let hub: TestCredentials;
  let spoke: TestCredentials;
  let adopted = 0;

  before(async () => {
    [hub, spoke] = await Promise.all([servers.pki.hub({ ipAddresses: ['127.0.0.1'] }), servers.pki.spoke('dc1')]);
  });

  const start = (more: Partial<ListenerOptions> = {}) =>
    servers.start({
      tls: spoke,
      routes: (router) =>
        router.service(Health, { check: () => ({ status: 1 }) }).service(SpokeService, {
          adopt() {
            adopted += 1;
            return {};
          },
        }),
      ...more,
    });
  const startApi = (more: Partial<ListenerOptions> = {}) =>
    start({ tls: hub, requireClientCert: false, contextValues: undefined, ...more });

  const session = (listener: Listener): ClientHttp2Session => {
    const client = connectHttp2(`https://${formatHostPort(listener.address)}`, {
      cert: hub.certPem,
      key: hub.keyPem,
      ca: hub.caPem,
      checkServerIdentity: () => undefined,
    });
    // Not its graceful close: some tests leave a stream half-way on purpose.
    servers.closing({ close: () => client.destroy() });
    return client;
  };

  const expectServing = async (listener: Listener) => {
    const { transport } = servers.dial(listener, hub, spoke.identity);
    expect((await createClient(Health, transport).check({})).status).to.equal(1);
  };
  const expectServingApi = async (listener: Listener) => {
    const url = `https://${listener.address.text}`;
    const { transport } = servers.closing(createApiTransport({ url, caPem: hub.caPem }));
    expect((await createClient(Health, transport).check({})).status).to.equal(1);
  };

  /** One HTTP/2 request with whatever headers and body; resolves with the answer when the stream is closed. */
  function raw(on: ClientHttp2Session, headers: IncomingHttpHeaders, body: Iterable<Buffer> = []) {
    return new Promise<{ headers?: IncomingHttpHeaders; body: string; rst: number }>((resolve) => {
      const stream = on.request({ ':method': 'POST', ...headers });
      const answer: { headers?: IncomingHttpHeaders; body: string } = { body: '' };
      const chunks = body[Symbol.iterator]();
      const pump = () => {
        for (;;) {
          const { done, value } = chunks.next();
          if (stream.destroyed || stream.writableEnded) return;
          if (done) return void stream.end();
          if (!stream.write(value)) return void stream.once('drain', pump);
        }
      };
      stream.on('error', () => undefined);
      stream.on('response', (got) => (answer.headers = got));
      stream.on('data', (chunk) => (answer.body += chunk));
      stream.on('close', () => resolve({ ...answer, rst: stream.rstCode ?? 0 }));
      pump();
    });
  }

  const checkBody = () => [Buffer.from(toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema)))];
  const checkPath = { ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/proto' };
  const adoptPath = { ':path': '/vigo.v1.SpokeService/Adopt', 'content-type': 'application/proto' };

  function* mebibytes(count: number): Generator<Buffer> {
    const chunk = Buffer.alloc(MIB);
    for (let i = 0; i < count; i++) yield chunk;
  }

  it('answers 400 to a malformed :authority and goes on', async () => {
    const listener = await start();
    const on = session(listener);
    for (const authority of ['%%%', '[::', 'x:99999999']) {
      const answer = await raw(on, { ...checkPath, ':authority': authority }, checkBody());
      expect(answer.headers?.[':status'], authority).to.equal(400);
    }
    // The HTTP/2 layer itself resets a stream with characters that no authority can have.
    for (const authority of ['a b', '@/']) {
      const answer = await raw(on, { ...checkPath, ':authority': authority }, checkBody());
      expect(answer.rst, authority).to.equal(constants.NGHTTP2_PROTOCOL_ERROR);
    }
    expect((await raw(on, checkPath, checkBody())).headers?.[':status']).to.equal(200);
    await expectServing(listener);
  });

  it('answers 400 to a malformed Host header over HTTP/1.1 and goes on', async () => {
    const listener = await startApi();
    for (const host of ['Host: a b', 'Host: %%%', 'Host: [::', 'X-No: host']) {
      const head = `POST ${checkPath[':path']} HTTP/1.1\r\n${host}\r\nContent-Type: application/proto\r\nContent-Length: 0`;
      expect(await tlsTalk(listener, `${head}\r\nConnection: close\r\n\r\n`), host).to.match(/^HTTP\/1.1 400/);
    }
    expect(await tlsTalk(listener, 'GARBAGE\r\n\r\n')).to.equal('');
    await expectServingApi(listener);
  });

  it('survives garbage instead of TLS, and garbage instead of HTTP/2', async () => {
    const listener = await start();
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0000\u0005hello', '\u0000'.repeat(4096)]) {
      await closeOf(connectTcp(listener.address.port, '127.0.0.1'), garbage);
    }
    await closeOf(tls(listener, ['h2']), 'NOT HTTP/2 AT ALL\r\n\r\n'.repeat(10));
    await closeOf(tls(listener, ['http/1.1']), 'GET / HTTP/1.1\r\n\r\n');
    await expectServing(listener);
  });

  it('refuses a caller without a certificate', async () => {
    const listener = await start();
    const bare = connectTls({
      ...target(listener),
      ca: hub.caPem,
      ALPNProtocols: ['h2'],
      checkServerIdentity: () => undefined,
    });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => bare.on('error', resolve));
    expect(error.code).to.match(/CERTIFICATE_REQUIRED/);
    await expectServing(listener);
  });

  it('refuses 100 MiB that are announced without reading them', async () => {
    const listener = await start();
    const answer = await raw(session(listener), { ...adoptPath, 'content-length': String(100 * MIB) }, mebibytes(100));
    expect(answer.headers?.[':status']).to.equal(429);
    expect(JSON.parse(answer.body).code).to.equal('resource_exhausted');
    expect(adopted).to.equal(0);
    await expectServing(listener);
  });

  it('refuses 100 MiB that are not announced, reads no more than the limit and keeps its memory', async () => {
    const listener = await start();
    const before = process.memoryUsage();
    let peak = 0;
    function* watched() {
      for (const chunk of mebibytes(100)) {
        const { external, heapUsed } = process.memoryUsage();
        peak = Math.max(peak, external + heapUsed - before.external - before.heapUsed);
        yield chunk;
      }
    }
    const on = session(listener);
    const answers = await Promise.all(Array.from({ length: 4 }, () => raw(on, adoptPath, watched())));
    for (const answer of answers) {
      expect(answer.headers?.[':status']).to.equal(429);
      expect(JSON.parse(answer.body).code).to.equal('resource_exhausted');
    }
    // 400 MiB were sent; what is left is what both ends have in flight, and garbage that is not yet collected.
    expect(peak).to.be.lessThan(128 * MIB);
    expect((await raw(on, checkPath, checkBody())).headers?.[':status']).to.equal(200);
    await expectServing(listener);
  });

  it('tells one of our own callers that its message is too large, and keeps the connection', async () => {
    const listener = await start();
    const client = createClient(SpokeService, servers.dial(listener, hub, spoke.identity).transport);
    const call = client.adopt({ envoys: [{ id: 'x'.repeat(5 * MIB) }] });
    const error = await call.then(
      () => undefined,
      (reason: unknown) => toVigoError(reason, { target: 'dc1' }),
    );
    expect(error?.code).to.equal('MESSAGE_TOO_LARGE');
    await client.adopt({});
    expect(listener.sessions()).to.equal(1);
  });

  it('refuses a gRPC message that claims 4 GiB, and compressed ones', async () => {
    const listener = await start();
    const on = session(listener);
    const claim = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
    const headers = { ...adoptPath, 'content-type': 'application/grpc+proto' };
    const trailers = await new Promise<IncomingHttpHeaders>((resolve) => {
      const stream = on.request({ ':method': 'POST', ...headers });
      stream.on('response', (head) => head['grpc-status'] !== undefined && resolve(head));
      stream.on('trailers', resolve);
      stream.resume();
      stream.write(claim);
    });
    expect(trailers['grpc-status']).to.equal('8');
    const packed = await raw(on, { ...adoptPath, 'content-encoding': 'gzip' }, [Buffer.alloc(10)]);
    expect(JSON.parse(packed.body).code).to.equal('unimplemented');
    await expectServing(listener);
  });

  it('refuses bytes that are no message before they reach a handler', async () => {
    const listener = await start();
    const before = adopted;
    const answer = await raw(session(listener), adoptPath, [Buffer.from('ffffffffffffffff', 'hex')]);
    expect(answer.headers?.[':status']).to.equal(500);
    expect(adopted).to.equal(before);
    await expectServing(listener);
  });

  it('holds no more than the allowed number of calls per session', async () => {
    const gate = Promise.withResolvers<object>();
    let running = 0;
    const listener = await start({
      maxConcurrentStreams: 3,
      routes: (router) =>
        router.service(Health, {
          check() {
            running += 1;
            return gate.promise;
          },
        }),
    });
    const on = session(listener);
    await new Promise((resolve) => on.once('remoteSettings', resolve));
    const answers = Array.from({ length: 10 }, () => raw(on, checkPath, checkBody()));
    await eventually(() => running === 3);
    expect(running).to.equal(3);
    gate.resolve({ status: 1 });
    for (const answer of await Promise.all(answers)) expect(answer.headers?.[':status']).to.equal(200);
  });

  it('drops a request whose body does not arrive, and leaves the session alone', async () => {
    const listener = await start({ requestTimeoutMs: 100 });
    const on = session(listener);
    const slow = await new Promise<number>((resolve) => {
      const stream = on.request({ ':method': 'POST', ...adoptPath });
      stream.on('error', () => undefined);
      stream.on('close', () => resolve(stream.rstCode ?? 0));
      stream.write(Buffer.alloc(10));
    });
    expect(slow).to.equal(constants.NGHTTP2_CANCEL);
    expect((await raw(on, checkPath, checkBody())).headers?.[':status']).to.equal(200);
  });

  it('drops HTTP/1.1 connections that send nothing, half a head, or half a body', async () => {
    const listener = await startApi({ handshakeTimeoutMs: 100, requestTimeoutMs: 200 });
    const half = `POST ${checkPath[':path']} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/proto\r\n`;
    await Promise.all([
      closeOf(connectTcp(listener.address.port, '127.0.0.1'), ''),
      closeOf(tls(listener, ['http/1.1']), ''),
      closeOf(tls(listener, ['http/1.1']), half),
      closeOf(tls(listener, ['http/1.1']), `${half}Content-Length: 10\r\n\r\nabc`),
    ]);
    await expectServingApi(listener);
  });

  it('closes under half-open connections of every sort within its grace', async () => {
    const listener = await startApi();
    const sockets = [
      connectTcp(listener.address.port, '127.0.0.1'),
      tls(listener, ['http/1.1']),
      tls(listener, ['h2']),
    ];
    const closed = Promise.all(sockets.map((socket) => closeOf(socket, '')));
    await new Promise((resolve) => sockets[1]?.once('secureConnect', resolve));
    await listener.close(50);
    await closed;
  });

  const target = (listener: Listener) => ({ host: '127.0.0.1', port: listener.address.port });
  const tls = (listener: Listener, ALPNProtocols: string[]): TLSSocket =>
    connectTls({
      ...target(listener),
      ca: hub.caPem,
      cert: hub.certPem,
      key: hub.keyPem,
      ALPNProtocols,
      checkServerIdentity: () => undefined,
    });

  /** Sends `text` and resolves once the server has ended the connection. */
  function closeOf(socket: Socket, text: string): Promise<void> {
    socket.on('error', () => undefined).resume();
    if (text) socket.write(text, 'latin1');
    return new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Sends `text` over TLS with HTTP/1.1 and resolves with all that came back until the end. */
  function tlsTalk(listener: Listener, text: string): Promise<string> {
    const socket = tls(listener, ['http/1.1']);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk)).on('error', () => undefined);
    socket.write(text);
    return new Promise((resolve) => socket.once('close', () => resolve(answer)));
  }
});
