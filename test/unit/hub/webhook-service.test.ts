/** What is asked for by webhooks is done once, in turn, and again if it was not finished. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { VigoError } from '../../../src/fleet/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { openAuditLog } from '../../../src/server/hub/audit/audit-log.ts';
import type { ConfigPublisher } from '../../../src/server/hub/config/config-publisher.ts';
import { createWebhookService, type Webhooks } from '../../../src/server/hub/webhooks/webhook-service.ts';
import { createAuditRepository } from '../../../src/server/store/audit-repository.ts';
import { type Database, openDatabase } from '../../../src/server/store/database.ts';
import { createDeliveryRepository } from '../../../src/server/store/delivery-repository.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { treeOf } from '../../support/published.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('the service behind webhooks', () => {
  let dataDir: string;
  let database: Database;
  let webhooks: Webhooks;
  let runs: { end: (error?: Error) => void; readonly signal: AbortSignal; readonly repository: string }[];
  let published: string[];
  const clock = createFakeClock();

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vigo-hooks-'));
    database = await openDatabase({ url: 'sqlite:hub.db', dataDir });
    published = [];
    await start();
  });
  afterEach(async () => {
    await webhooks.close();
    await database.destroy();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = async (): Promise<void> => {
    runs = [];
    webhooks = createWebhookService({
      sources: [
        {
          name: 'stacks',
          from: () => '/srv/git/fleet',
          fetch: (repository, signal) =>
            new Promise((resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error));
              const end = (error?: Error) =>
                error
                  ? reject(error)
                  : resolve({ files: treeOf('x'), commit: 'c'.repeat(40), subject: 'one\u001b[2J' });
              runs.push({ end, signal, repository });
            }),
        },
      ],
      repository: createDeliveryRepository(database),
      publisher: { publish: fakePublish },
      audit: await openAuditLog({ repository: createAuditRepository(database), clock, logger: silentLogger }),
      onPublished: () => undefined,
      clock,
      logger: silentLogger,
    });
  };
  const fakePublish: ConfigPublisher['publish'] = async ({ version }, _chunks, note) => {
    published.push(note.message);
    const row = { number: 1, version, published_at: 0, ...note, rollback: 0, size: 1, files_changed: 1 };
    return { row: { ...row, added: '[]', changed: '[]', removed: '[]' }, unchanged: false, spokes: [] };
  };
  const receive = (id: string, repository = '') =>
    webhooks.receive({
      webhook: 'stacks',
      id,
      bodyDigest: id,
      byBody: true,
      repository,
      detail: 'push to main',
      origin: '192.0.2.1',
    });
  const run = (n: number) => waitFor(`run ${n}`, () => runs[n - 1]);
  const results = async () => {
    const entries = await createAuditRepository(database).list({ limit: 100, action: 'config.publish' });
    return entries.map(({ result }) => result).reverse();
  };

  it('runs once at a time, and once more for all that came meanwhile', async () => {
    await receive('a');
    (await run(1)).signal.throwIfAborted();
    for (const id of ['b', 'c', 'd']) expect(await receive(id)).to.equal(true);
    expect(runs).to.have.length(1);
    runs[0]?.end();
    (await run(2)).end();
    await waitFor('both are told', async () => (await results()).length === 2);
    await webhooks.close();
    expect(runs).to.have.length(2);
    expect(published).to.deep.equal(['one [2J (ccccccc)', 'one [2J (ccccccc)']);
    expect(await createDeliveryRepository(database).pending('stacks')).to.deep.equal([]);
  });

  it('fetches what the newest delivery names, also if another server goes on with it', async () => {
    await receive('a', 'https://git.example.com/one.git');
    expect((await run(1)).repository).to.equal('https://git.example.com/one.git');
    await receive('b', 'https://git.example.com/two.git');
    await webhooks.close();
    await start();
    await webhooks.resume();
    expect((await run(1)).repository).to.equal('https://git.example.com/two.git');
  });

  it('does again what was not finished when the server ended, and says so', async () => {
    await receive('a');
    await run(1);
    await webhooks.close();
    expect(await results()).to.deep.equal(['STOPPING']);
    expect(published).to.deep.equal([]);
    const stopped = await receive('b').catch((error: unknown) => error);
    expect(stopped).to.have.property('code', 'STOPPING');
    await start();
    expect(await receive('a')).to.equal(false);
    await webhooks.resume();
    (await run(1)).end();
    await waitFor('it is done', async () => (await results()).join() === 'STOPPING,ok');
    await webhooks.resume();
    expect(runs).to.have.length(1);
  });

  it('takes a delivery again that has failed', async () => {
    await receive('a');
    (await run(1)).end(new VigoError('GIT_FAILED', 'no route to host'));
    await waitFor('it has failed', async () => (await results()).join() === 'GIT_FAILED');
    await waitFor('it is settled', () => receive('a'));
    (await run(2)).end();
    await waitFor('it is done', async () => (await results()).join() === 'GIT_FAILED,ok');
    expect(await receive('a')).to.equal(false);
  });
});
