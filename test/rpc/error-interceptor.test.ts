/** Which failures of an answer that goes on are the handler's, and which are its peer's. */

import { once } from 'node:events';
import { Code, ConnectError, type StreamRequest, type StreamResponse } from '@connectrpc/connect';
import { expect } from 'chai';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.js';
import { silentLogger } from '../../src/platform/logger.ts';
import { createErrorInterceptor } from '../../src/server/platform/error-interceptor.ts';
import { withHttp2 } from '../support/raw-peer.ts';
import { useServers } from '../support/servers.ts';

async function* untilEnd(messages: StreamResponse['message'], end: (error?: unknown) => void) {
  try {
    yield* messages;
  } finally {
    end();
  }
}

describe('a caller that hangs up in the middle of its question', () => {
  const servers = useServers();

  it('is no failure of the handler, and leaves no trace of one in the log', async () => {
    const logged: string[] = [];
    const note = (_fields: object, message: string) => void logged.push(message);
    const logger = { ...silentLogger, error: note, warn: note };
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
    const { address } = await servers.start({
      tls: await servers.pki.hub(),
      requireClientCert: false,
      routes: (router) => router.service(Health, { async *watch() {} }),
      interceptors: [
        (next) => async (request) => {
          try {
            const response = await next(request);
            return response.stream ? { ...response, message: untilEnd(response.message, end) } : response;
          } catch (error) {
            end(error);
            throw error;
          }
        },
      ],
      logger,
    });
    await withHttp2(address.port, servers.pki, async (session) => {
      const headers = { ':method': 'POST', ':path': '/grpc.health.v1.Health/Watch' };
      const stream = session.request({ ...headers, 'content-type': 'application/connect+proto' });
      stream.on('error', () => undefined);
      // The beginning of a message of a hundred bytes.
      await new Promise((resolve) => stream.write(Buffer.from([0, 0, 0, 0, 100, 1, 2, 3]), resolve));
      session.destroy();
      await once(stream, 'close');
    });
    await ended;
    // What stands around this interceptor looks at the error after it.
    await new Promise(setImmediate);
    expect(logged).to.deep.equal([]);
  });
});

describe('an answer of many messages', () => {
  let logged: string[];
  /** What is left of `messages` behind the interceptor. */
  const answer = async (messages: AsyncIterable<unknown>): Promise<AsyncIterator<unknown>> => {
    logged = [];
    const logger = { ...silentLogger, error: (_fields: object, message: string) => void logged.push(message) };
    const request = { method: { name: 'Many' }, signal: new AbortController().signal } as unknown as StreamRequest;
    const response = { stream: true, message: messages } as unknown as StreamResponse;
    const answered = (await createErrorInterceptor({ logger })(async () => response)(request)) as StreamResponse;
    return answered.message[Symbol.asyncIterator]();
  };

  it('that cannot be sent because its peer has gone is canceled, and no failure of the handler', async () => {
    let ended = false;
    const messages = await answer(
      (async function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          ended = true;
        }
      })(),
    );
    await messages.next();
    const gone = Object.assign(new Error('The stream has been destroyed'), { code: 'ERR_HTTP2_INVALID_STREAM' });
    const error = await messages.throw?.(gone).catch(ConnectError.from);
    expect(error).to.include({ code: Code.Canceled });
    expect(ended).to.equal(true);
    expect(logged).to.deep.equal([]);
  });

  it('that the handler breaks off is an internal error, and logged', async () => {
    const messages = await answer(
      (async function* () {
        yield 1;
        throw new TypeError('a bug');
      })(),
    );
    await messages.next();
    expect(await messages.next().catch(ConnectError.from)).to.include({
      code: Code.Internal,
      rawMessage: 'internal error',
    });
    expect(logged).to.deep.equal(['handler failed']);
  });
});
