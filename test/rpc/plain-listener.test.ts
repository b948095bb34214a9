/** Probes over plain HTTP. */
import { connect } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { HttpHandler } from '../../src/server/platform/http-json.ts';
import { createHttpStatus } from '../../src/server/platform/http-status.ts';
import { createPlainListener } from '../../src/server/platform/plain-listener.ts';
import { useServers } from '../support/servers.ts';

describe('plain listener', () => {
  const servers = useServers();

  async function start(http: HttpHandler) {
    const options = { listen: '127.0.0.1:0', http, clock: systemClock, logger: silentLogger };
    const listener = servers.closing(await createPlainListener(options));
    const get = async (path: string, method = 'GET') => {
      const headers = { connection: 'close' };
      const response = await fetch(`http://${listener.address.text}${path}`, { method, headers });
      return { status: response.status, body: method === 'HEAD' ? await response.text() : await response.json() };
    };
    return { listener, get };
  }

  it('tells alive from ready, and why it is not ready', async () => {
    let reasons: string[] = ['the directory is loading'];
    const { get } = await start(createHttpStatus({ notReady: () => reasons }));
    expect(await get('/healthz')).to.deep.equal({ status: 200, body: { status: 'alive' } });
    expect(await get('/readyz?verbose')).to.deep.equal({ status: 503, body: { status: 'not_ready', reasons } });
    reasons = [];
    expect(await get('/readyz')).to.deep.equal({ status: 200, body: { status: 'ready' } });
    expect(await get('/readyz', 'HEAD')).to.deep.equal({ status: 200, body: '' });
    expect((await get('/readyz', 'POST')).status).to.equal(405);
    expect((await get('/other')).status).to.equal(404);
  });

  it('answers 500 when a handler throws, and goes on', async () => {
    const { get } = await start(() => {
      throw new Error('password is hunter2');
    });
    for (let i = 0; i < 2; i++) {
      const { status, body } = await get('/metrics');
      expect(status).to.equal(500);
      expect(JSON.stringify(body)).not.to.include('hunter2');
    }
  });

  it('closes under a connection that says nothing', async () => {
    const { listener } = await start(createHttpStatus({ notReady: () => [] }));
    const silent = connect(listener.address.port, '127.0.0.1').on('error', () => undefined);
    await new Promise((resolve) => silent.once('connect', resolve));
    const ended = new Promise((resolve) => silent.once('close', resolve));
    await Promise.all([listener.close(10), listener.close(10), ended]);
  });
});
