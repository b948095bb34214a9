/** Which failures of an answer that goes on are the handler's, and which are its peer's. */
import { Code, ConnectError, type StreamRequest, type StreamResponse } from '@connectrpc/connect';
import { expect } from 'chai';
import { silentLogger } from '../../src/platform/logger.ts';
import { createErrorInterceptor } from '../../src/server/platform/error-interceptor.ts';

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
