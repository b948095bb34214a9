/** A call that is answered from memory takes a shorter way through the server; nobody who calls can tell. */
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { expect } from 'chai';
import { VigoError } from '../../src/fleet/errors.ts';
import {
  AgentService,
  type CheckInRequest,
  CheckInRequestSchema,
  CheckInResponseSchema,
} from '../../src/gen/vigo/v1/agent_pb.js';
import { ErrorDetailSchema } from '../../src/gen/vigo/v1/types_pb.js';
import { forService } from '../../src/server/platform/for-service.ts';
import { type InstantContext, instant } from '../../src/server/platform/instant-calls.ts';
import type { Listener, ListenerOptions } from '../../src/server/platform/listener.ts';
import { requirePeer } from '../../src/server/platform/peer.ts';
import { eventually, useServers } from '../support/servers.ts';
import type { TestCredentials } from '../support/test-pki.ts';

const PATH = '/vigo.v1.AgentService/CheckIn';
const ENVOY = '6f1c2a9e-0d1b-4c55-9a0e-3a5f5a0c7b11';
const LIMIT = 4_096;

type Handler = (request: CheckInRequest, context: InstantContext) => { epoch?: number; nextCheckinAfterMs?: number };

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const encode = (fields: { epoch?: number; configVersion?: string }): Buffer =>
  Buffer.from(toBinary(CheckInRequestSchema, create(CheckInRequestSchema, fields)));

describe('the fast path', () => {
  const servers = useServers();
  let envoy: TestCredentials;
  let spoke: TestCredentials;

  before(async () => {
    [envoy, spoke] = await Promise.all([servers.pki.envoy(ENVOY), servers.pki.spoke('dc1')]);
  });

  /** Two servers that differ only in the way: one has the handler marked as instant, the other not. */
  async function bothWays(handler: Handler, more: Partial<ListenerOptions> = {}) {
    const start = (checkIn: Handler) =>
      servers.start({
        tls: spoke,
        readMaxBytes: LIMIT,
        routes: (router) => router.service(AgentService, { checkIn }),
        ...more,
      });
    const fast = await start(instant(AgentService.method.checkIn, (...call) => handler(...call)));
    const router = await start(handler);
    return { fast, router };
  }

  function dial(listener: Listener): ClientHttp2Session {
    const session = connectHttp2(`https://${listener.address.text}`, {
      cert: envoy.certPem,
      key: envoy.keyPem,
      ca: envoy.caPem,
      checkServerIdentity: () => undefined,
    });
    servers.closing({ close: () => session.destroy() });
    return session;
  }

  function post(listener: Listener, body: Buffer, more: IncomingHttpHeaders = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/proto', ...more };
      const stream = dial(listener).request(headers);
      const chunks: Buffer[] = [];
      let answered: IncomingHttpHeaders = {};
      stream.on('response', (received) => {
        answered = received;
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => resolve({ headers: answered, body: Buffer.concat(chunks) }));
      stream.on('error', reject);
      stream.end(body);
    });
  }

  /** What both answer; fails if they differ in anything but the date. */
  async function sameAnswer(ways: { fast: Listener; router: Listener }, body: Buffer, headers?: IncomingHttpHeaders) {
    const [fast, router] = await Promise.all([post(ways.fast, body, headers), post(ways.router, body, headers)]);
    const withoutDate = ({ headers: { date: _date, ...rest } }: Answer) => ({ ...rest });
    expect(withoutDate(fast)).to.deep.equal(withoutDate(router));
    expect(fast.body.toString()).to.equal(router.body.toString());
    return { status: Number(fast.headers[':status']), type: fast.headers['content-type'], body: fast.body };
  }

  const echo: Handler = (request, context) => {
    requirePeer(context, 'envoy');
    return { epoch: request.epoch, nextCheckinAfterMs: request.configVersion.length };
  };

  it('answers a good request as the router does', async () => {
    const ways = await bothWays(echo);
    const { status, type, body } = await sameAnswer(ways, encode({ epoch: 7, configVersion: 'abc' }));
    expect({ status, type }).to.deep.equal({ status: 200, type: 'application/proto' });
    expect(fromBinary(CheckInResponseSchema, body)).to.include({ epoch: 7, nextCheckinAfterMs: 3 });
    expect((await sameAnswer(ways, Buffer.alloc(0))).status).to.equal(200);
  });

  it('is taken by the agents’ own client', async () => {
    let stack = '';
    const { fast } = await bothWays((request) => {
      stack = new Error('where').stack ?? '';
      return { epoch: request.epoch };
    });
    const client = createClient(AgentService, servers.dial(fast, envoy, spoke.identity).transport);
    expect((await client.checkIn({ epoch: 4 })).epoch).to.equal(4);
    expect(stack).to.include('unary-fast-path');
  });

  it('tells the handler who calls, and with which headers', async () => {
    const seen: unknown[] = [];
    const ways = await bothWays((_request, context) => {
      seen.push([requirePeer(context, 'envoy').id, context.requestHeader.get('x-word')]);
      return { epoch: 1 };
    });
    await sameAnswer(ways, encode({}), { 'x-word': 'hello' });
    expect(seen).to.deep.equal([
      [ENVOY, 'hello'],
      [ENVOY, 'hello'],
    ]);
  });

  it('answers a refusal with the same code, message and detail', async () => {
    const ways = await bothWays(() => {
      throw new VigoError('IDENTITY_REVOKED', 'web1 was revoked: enrol this machine anew');
    });
    expect((await sameAnswer(ways, encode({}))).status).to.be.greaterThan(399);
    const client = createClient(AgentService, servers.dial(ways.fast, envoy, spoke.identity).transport);
    const error = (await client.checkIn({}).catch((reason: unknown) => reason)) as ConnectError;
    expect(error.findDetails(ErrorDetailSchema)[0]?.code).to.equal('IDENTITY_REVOKED');
  });

  it('says when to come back where the refusal says so, and nothing else', async () => {
    const retryAfter = async (retryAfterMs: number | undefined) => {
      const ways = await bothWays(() => {
        throw new VigoError('OVERLOADED', 'too many check-ins at a time: come back later', { retryAfterMs });
      });
      expect((await sameAnswer(ways, encode({}))).status).to.equal(429);
      return (await post(ways.fast, encode({}))).headers['retry-after'];
    };
    expect(await retryAfter(2_345.6)).to.equal('2.346');
    expect(await retryAfter(undefined)).to.equal(undefined);
  });

  it('refuses who is no envoy as the router does', async () => {
    const ways = await bothWays((_request, context) => {
      requirePeer(context, 'hub');
      return { epoch: 1 };
    });
    expect((await sameAnswer(ways, encode({}))).status).to.equal(403);
  });

  it('hides what nobody planned, and logs it', async () => {
    const logged: object[] = [];
    const log = () => undefined;
    const logger = { debug: log, info: log, warn: log, error: (fields: object) => void logged.push(fields) };
    const ways = await bothWays(
      () => {
        throw new Error('password is hunter2');
      },
      { logger },
    );
    expect((await sameAnswer(ways, encode({}))).body.toString()).to.equal(
      '{"code":"internal","message":"internal error"}',
    );
    expect(logged).to.have.length(2);
    expect(JSON.stringify(logged)).to.include('hunter2');
  });

  it('passes on an RPC error of the handler, without headers that came with it', async () => {
    const ways = await bothWays(() => {
      throw new ConnectError('later', Code.ResourceExhausted, { 'x-secret': '1' });
    });
    expect((await sameAnswer(ways, encode({}))).status).to.equal(429);
  });

  it('answers garbage, and what is too large, as the router does', async () => {
    const ways = await bothWays(echo);
    expect((await sameAnswer(ways, Buffer.from('ffffffffffff', 'hex'))).status).to.equal(500);
    expect((await sameAnswer(ways, Buffer.alloc(LIMIT * 3))).status).to.equal(429);
    const announced = Buffer.alloc(LIMIT + 1);
    expect((await sameAnswer(ways, announced, { 'content-length': String(announced.length) })).status).to.equal(429);
  });

  it('leaves every other form of the call to the router', async () => {
    const ways = await bothWays(echo);
    const json = Buffer.from('{"epoch":3}');
    const asJson = await sameAnswer(ways, json, { 'content-type': 'application/json' });
    expect(JSON.parse(asJson.body.toString())).to.deep.equal({ epoch: 3 });
    expect((await sameAnswer(ways, json, { 'content-type': 'text/plain' })).status).to.equal(415);
    expect((await sameAnswer(ways, encode({}), { 'content-encoding': 'gzip' })).status).to.be.greaterThan(399);
    expect((await sameAnswer(ways, encode({}), { 'connect-timeout-ms': 'soon' })).status).to.equal(400);
    expect((await sameAnswer(ways, encode({}), { ':method': 'PUT' })).status).to.equal(405);
  });

  it('does not go round an interceptor of the service, or of all services', async () => {
    const refuse: Interceptor = () => () => Promise.reject(new VigoError('PERMISSION_DENIED', 'not today'));
    for (const interceptor of [refuse, forService(AgentService, refuse)]) {
      const ways = await bothWays(echo, { interceptors: [interceptor] });
      expect((await sameAnswer(ways, encode({}))).status).to.equal(403);
    }
  });

  it('gives up a request whose body does not arrive', async () => {
    const { fast } = await bothWays(echo, { requestTimeoutMs: 60 });
    const stream = dial(fast).request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/proto' });
    stream.on('error', () => undefined).resume();
    stream.write(encode({ epoch: 1 }));
    expect(await eventually(() => stream.closed)).to.equal(true);
    expect(stream.rstCode).to.be.greaterThan(0);
  });

  it('survives a caller that hangs up in the middle', async () => {
    const { fast } = await bothWays(echo);
    const session = dial(fast);
    session.on('error', () => undefined);
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/proto' });
    stream.on('error', () => undefined);
    await new Promise<void>((resolve) => stream.write(encode({ epoch: 1 }), () => resolve()));
    session.destroy();
    expect((await post(fast, encode({ epoch: 2 }))).headers[':status']).to.equal(200);
  });
});
