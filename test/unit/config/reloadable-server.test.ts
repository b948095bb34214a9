/** When a server is closed and started anew for its server.yaml, and what happens if that goes wrong; test/e2e/reload does it with real ones. */

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../src/platform/logger.ts';
import { loadServerConfig } from '../../../src/server/config/load-server-config.ts';
import { startReloadableServer } from '../../../src/server/reloadable-server.ts';
import { checkRestart } from '../../../src/server/restart-check.ts';
import type { Server } from '../../../src/server/serve.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('a reload', () => {
  let dir: string;
  let steps: string[];
  /** Check-in rates with which no server starts. */
  let broken: Set<number>;
  let closing: Promise<void>;
  let clock: FakeClock;

  const write = (maxRate: number, more = '') =>
    writeFile(join(dir, 'server.yaml'), `data_dir: data\ncheckin: { max_rate: ${maxRate} }\n${more}`);
  const start = () =>
    startReloadableServer({
      load: () =>
        loadServerConfig({
          env: {},
          cwd: dir,
          configFile: 'server.yaml',
          isRoot: false,
          homeDir: dir,
          hostname: 'box',
        }),
      check: (before, next) => checkRestart({ before, next, version: '1.0.0', programRoot: dir }),
      async start({ checkin, spanner }): Promise<Server> {
        if (broken.has(checkin.maxRate)) throw new Error(`cannot start with ${checkin.maxRate}`);
        steps.push(`start ${checkin.maxRate}`);
        return {
          role: spanner.role,
          addresses: { grpc: '', metrics: '' },
          async reload() {
            steps.push('reload');
          },
          async close() {
            steps.push(`close ${checkin.maxRate}`);
          },
          async end() {
            steps.push(`end ${checkin.maxRate}`);
            await closing;
          },
        };
      },
      clock,
      logger: silentLogger,
    });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-reload-'));
    steps = [];
    broken = new Set();
    closing = Promise.resolve();
    clock = createFakeClock();
    await write(1);
    await writeFile(join(dir, 'package.json'), '{"version":"1.0.0"}');
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('keeps the server as long as the file says the same, in whatever words', async () => {
    const server = await start();
    await write(1, '# in other words\nspanner: { role: standalone }\n');
    await server.reload();
    await server.close();
    expect(steps).to.deep.equal(['start 1', 'reload', 'close 1']);
  });

  it('starts anew with another file, and goes back to the one before where that cannot be', async () => {
    const server = await start();
    await write(2);
    await server.reload();
    await write(3);
    broken.add(3);
    await server.reload();
    // Mended meanwhile: the file is still another than the one that it runs with.
    broken.clear();
    await server.reload();
    await server.close();
    expect(steps.join(', ')).to.equal('start 1, end 1, start 2, end 2, start 2, end 2, start 3, close 3');
  });

  it('changes nothing for a file that is wrong, another role, or no file', async () => {
    const server = await start();
    await write(0);
    await server.reload();
    await write(2, 'spanner: { role: hub }\n');
    await server.reload();
    await rm(join(dir, 'server.yaml'));
    await server.reload();
    await server.close();
    expect(steps).to.deep.equal(['start 1', 'close 1']);
  });

  it('changes nothing if the program on disk is another than the one that runs, or somebody else has the new port', async () => {
    const server = await start();
    await write(2);
    await writeFile(join(dir, 'package.json'), '{"version":"1.1.0"}');
    await server.reload();
    await writeFile(join(dir, 'package.json'), '{"version":"1.0.0"}');
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    await write(2, `server: { metrics_listen: "127.0.0.1:${port}" }\n`);
    await server.reload();
    await new Promise((resolve) => other.close(resolve));
    await server.reload();
    await server.close();
    expect(steps).to.deep.equal(['start 1', 'end 1', 'start 2', 'close 2']);
  });

  it('fails if there is no server any more, neither with the new file nor with the one before', async () => {
    const server = await start();
    await write(2);
    broken.add(1).add(2);
    const failure = await server.reload().catch((error: unknown) => error);
    expect((failure as Error).message).to.equal('cannot start with 1');
    await server.close();
    expect(steps).to.deep.equal(['start 1', 'end 1']);
  });

  it('does not keep the server from closing, whatever it waits for', async () => {
    const server = await start();
    closing = new Promise(() => undefined);
    await write(2);
    void server.reload();
    await waitFor('it is ended', () => steps.includes('end 1'));
    const closed = server.close();
    await clock.advance(5_000);
    await closed;
    expect(steps).to.deep.equal(['start 1', 'end 1']);
  });

  it('is made once, however often it is asked for while one is made; and not for a server that is closing', async () => {
    const server = await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    closing = promise;
    await write(2);
    const reloads = Array.from({ length: 5 }, () => server.reload());
    const closed = server.close();
    resolve();
    await Promise.all([...reloads, closed]);
    expect(steps).to.deep.equal(['start 1', 'close 1']);
    await server.reload();
    expect(steps).to.deep.equal(['start 1', 'close 1']);
  });
});
