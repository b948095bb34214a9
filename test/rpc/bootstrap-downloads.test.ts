/** Many machines that fetch the program at a time: so many, and no more, and whoever is slow or gone costs nothing for long. */
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { silentLogger } from '../../src/platform/logger.ts';
import { notFound } from '../../src/server/platform/http-json.ts';
import { createBootstrapRoutes } from '../../src/server/web/bootstrap/bootstrap-routes.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { waitFor } from '../support/wait-for.ts';

const MAX = 64;
// More than sockets of both ends hold.
const BYTES = Buffer.alloc(16 * 1024 * 1024, 'vigocli');

describe('downloads of the agent’s program', () => {
  let server: Server;
  let responses: IncomingMessage[];
  const clock = createMovableClock();
  const ask = (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      get({ port, path: '/bootstrap/vigocli.tgz', agent: false }, (response) => {
        response.on('error', () => undefined);
        responses.push(response);
        resolve(response);
      }).on('error', reject);
    });
  const bytesOf = async (response: IncomingMessage) => {
    let size = 0;
    for await (const chunk of response) size += (chunk as Buffer).length;
    return size;
  };

  beforeEach(async () => {
    responses = [];
    const layer = createBootstrapRoutes({
      apiUrl: () => 'https://hub:8443',
      ca: () => ({ digest: '', pem: '' }),
      async program() {
        return { version: '1', bytes: BYTES, digest: 'd', diskKib: 1 };
      },
      template: async () => '',
      clock,
      logger: silentLogger,
    });
    server = createServer(layer(notFound));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const response of responses) response.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are 64 at a time; the next one is told when to come back, and is served when there is room', async function () {
    this.timeout(30_000);
    // Nobody reads: each holds its place.
    for (let i = 0; i < MAX; i++) expect((await ask()).statusCode).to.equal(200);
    const refused = await ask();
    expect(refused.statusCode).to.equal(503);
    expect(Number(refused.headers['retry-after'])).to.be.within(2, 10);
    expect(refused.headers['content-type']).to.equal('application/json');
    // One is gone, another one is through.
    responses[0]?.destroy();
    const served = await waitFor('there is room', async () => {
      const response = await ask();
      return response.statusCode === 200 && response;
    });
    expect(await bytesOf(served)).to.equal(BYTES.length);
  });

  it('hold little memory each', async function () {
    this.timeout(30_000);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < MAX; i++) await ask();
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(MAX * 1024 * 1024);
  });

  it('end after ten minutes, whatever they have got', async () => {
    const response = await ask();
    const closed = new Promise((resolve) => response.once('close', resolve));
    clock.move(10 * 60_000 + 1);
    response.resume();
    await closed;
    expect(response.complete).to.equal(false);
  });
});
