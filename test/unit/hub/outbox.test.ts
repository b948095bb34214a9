/** Notifications on their way: at least once, in order, later and later, and not for ever. */
import { expect } from 'chai';
import { MAX_TRIES } from '../../../src/fleet/retry-schedule.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { FleetEvent, SignedMessage } from '../../../src/server/hub/notifications/fleet-event.ts';
import { type Outbox, openOutbox } from '../../../src/server/hub/notifications/outbox.ts';
import { type Database, openDatabase } from '../../../src/server/store/database.ts';
import { createOutboxRepository } from '../../../src/server/store/outbox-repository.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { codeOf } from '../../support/rpc-failure.ts';

const URL_ONE = 'https://one.example.com';
const URL_TWO = 'https://two.example.com';
const DAY_MS = 24 * 3_600_000;

describe('the outbox', () => {
  let database: Database;
  let clock: FakeClock;
  let outbox: Outbox;
  /** What an endpoint does with what it is told; by default it takes it. */
  let behave: (url: string, what: string) => Promise<void>;
  /** "one dc1#1": each try. */
  let tries: string[];
  let taken: string[];

  beforeEach(async () => {
    database = await openDatabase({ url: 'sqlite::memory:', dataDir: '/' });
    clock = createFakeClock();
    tries = [];
    taken = [];
    behave = async () => undefined;
    await open();
  });
  afterEach(async () => {
    await outbox.close();
    await database.destroy();
  });

  const endpoint = (url: string, events: FleetEvent['type'][]) => ({
    url,
    events,
    send: async ({ body }: SignedMessage, signal: AbortSignal) => {
      const { data } = JSON.parse(body) as FleetEvent;
      const what = `${url === URL_ONE ? 'one' : 'two'} ${data.spoke ?? data.move}#${data.n}`;
      tries.push(what);
      await Promise.race([
        behave(url, what),
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      ]);
      taken.push(what);
    },
  });
  const open = async (urls = [URL_ONE, URL_TWO]) => {
    outbox = await openOutbox({
      endpoints: urls.map((url) =>
        endpoint(url, url === URL_ONE ? ['spoke.offline', 'move.finished'] : ['spoke.offline']),
      ),
      repository: createOutboxRepository(database),
      clock,
      logger: silentLogger,
    });
    await outbox.start();
  };
  const spokeEvent = (spoke: string, n: number) => outbox.add({ type: 'spoke.offline', spoke, data: { spoke, n } });
  const waiting = async () =>
    (await outbox.list({ limit: 99 })).map(({ endpoint, spoke_id }) => `${endpoint} ${spoke_id}`);

  it('tells everybody what he asked for, and nothing else', async () => {
    await spokeEvent('dc1', 1);
    await outbox.add({ type: 'move.finished', data: { move: 'm', n: 2 } });
    await outbox.add({ type: 'config.published', data: { n: 3 } });
    await clock.advance(0);
    expect(taken.toSorted()).to.deep.equal(['one dc1#1', 'one m#2', 'two dc1#1']);
    expect(await waiting()).to.deep.equal([]);
    expect(outbox.tally).to.deep.equal({ delivered: 3, failed: 0, dropped: 0 });
  });

  it('tries again later and later, in order for each spoke, and holds up nobody else', async () => {
    let failures = 5;
    behave = async (url, what) => {
      if (url === URL_ONE && what.includes('dc1') && failures-- > 0) throw new Error('not now');
    };
    for (const n of [1, 2, 3]) {
      await spokeEvent('dc1', n);
      await spokeEvent('dc2', n);
    }
    await clock.advance(0);
    expect(taken.filter((what) => what.startsWith('one'))).to.deep.equal(['one dc2#1', 'one dc2#2', 'one dc2#3']);
    expect(taken.filter((what) => what.startsWith('two'))).to.have.length(6);
    const [head] = (await outbox.list({ limit: 9 })).reverse();
    expect(head).to.include({ tries: 1, last_error: 'not now', state: 'pending', endpoint: URL_ONE });
    await clock.advance(3_900);
    expect(tries.filter((what) => what === 'one dc1#1')).to.have.length(1);
    await clock.advance(2_200);
    expect(tries.filter((what) => what === 'one dc1#1')).to.have.length(2);
    await clock.advance(30 * 60_000);
    expect(tries.filter((what) => what.startsWith('one dc1'))).to.deep.equal([
      ...Array<string>(6).fill('one dc1#1'),
      'one dc1#2',
      'one dc1#3',
    ]);
    expect(await waiting()).to.deep.equal([]);
    expect(outbox.tally).to.deep.equal({ delivered: 12, failed: 5, dropped: 0 });
  });

  it('gives up after about a day, shows what it gave up, and tries it again when it is told to', async () => {
    behave = (url) => (url === URL_ONE ? Promise.reject(new Error('for ever')) : Promise.resolve());
    await spokeEvent('dc1', 1);
    await clock.advance(0);
    await clock.advance(1.5 * DAY_MS);
    const [dead] = await outbox.list({ limit: 9, state: 'dead' });
    expect(dead).to.include({ state: 'dead', tries: MAX_TRIES, last_error: 'for ever', type: 'spoke.offline' });
    expect(tries.filter((what) => what === 'one dc1#1')).to.have.length(MAX_TRIES);
    expect(await codeOf(outbox.retry('nobody'))).to.equal('NOTIFICATION_NOT_FOUND');
    behave = async () => undefined;
    expect(await outbox.retry(dead!.id)).to.include({ state: 'pending', tries: 0 });
    await clock.advance(0);
    expect(taken).to.include('one dc1#1');
    expect(await waiting()).to.deep.equal([]);
  });

  it('goes on after the process has ended, with what was on its way first', async () => {
    behave = () => new Promise(() => undefined);
    await spokeEvent('dc1', 1);
    await spokeEvent('dc1', 2);
    await clock.advance(0);
    await outbox.close();
    expect(taken).to.deep.equal([]);
    behave = async () => undefined;
    await open();
    await clock.advance(0);
    expect(taken.filter((what) => what.startsWith('one'))).to.deep.equal(['one dc1#1', 'one dc1#2']);
    await outbox.close();
    behave = () => Promise.reject(new Error('no'));
    await open();
    await spokeEvent('dc1', 3);
    await outbox.close();
    await open([URL_TWO]);
    expect(await waiting()).to.deep.equal([`${URL_TWO} dc1`]);
  });

  it('tells one endpoint a few things at a time', async () => {
    const held: (() => void)[] = [];
    behave = (url) => (url === URL_ONE ? new Promise((resolve) => held.push(resolve)) : Promise.resolve());
    for (let i = 0; i < 10; i++) await spokeEvent(`dc${i}`, 1);
    await clock.advance(0);
    expect(held).to.have.length(4);
    expect(taken).to.have.length(10);
    for (let i = 0; i < 10; i++) {
      held[i]?.();
      await clock.advance(0);
    }
    expect(taken).to.have.length(20);
  });

  it('does not wait for years when the clock was set back', async () => {
    await outbox.close();
    behave = () => Promise.reject(new Error('no'));
    await open();
    await spokeEvent('dc1', 1);
    await clock.advance(0);
    await outbox.close();
    behave = async () => undefined;
    clock = createFakeClock({ start: Date.UTC(2020, 0, 1) });
    await open();
    await clock.advance(0);
    expect(taken).to.include('one dc1#1');
  });
});
