/** What endpoints have still to be told, over every engine; called by the store suite. */
import { expect } from 'chai';
import type { Database } from '../../src/server/store/database.ts';
import { createOutboxRepository, type NewNotification } from '../../src/server/store/outbox-repository.ts';

const NOW = 1_800_000_000_000;
const BOUNDS = { deadSince: 0, most: 1_000 };

const row = (id: string, more: Partial<NewNotification> = {}): NewNotification => ({
  id,
  endpoint: 'https://one.example.com',
  lane: 'spoke dc1',
  type: 'spoke.offline',
  spoke_id: 'dc1',
  body: `{"of":"${id}"}`,
  ...more,
});

/** Inside `describe`; `open` gives a new, empty database for each test. */
export function describeOutbox(db: () => Database): void {
  describe('notifications', () => {
    const outbox = () => createOutboxRepository(db());
    const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
    const dead = { state: 'dead', tries: 14, next_at: 0, last_error: 'refused' } as const;

    it('wait in the order in which they were written, one at the head of each lane', async () => {
      const other = { endpoint: 'https://two.example.com' };
      await outbox().add([row('a'), row('b', other)], NOW, BOUNDS);
      await outbox().add([row('c'), row('d', { lane: 'spoke dc2', spoke_id: 'dc2' })], NOW + 1, BOUNDS);
      expect(ids(await outbox().heads())).to.deep.equal(['a', 'b', 'd']);
      expect((await outbox().heads())[0]).to.deep.equal({
        ...row('a'),
        ...{ seq: 1, created_at: NOW, state: 'pending', tries: 0, next_at: NOW, last_error: '' },
      });
      await outbox().delivered('a');
      expect(ids(await outbox().heads())).to.deep.equal(['b', 'c', 'd']);
      expect(await outbox().counts()).to.deep.equal({ pending: 3, dead: 0 });
    });

    it('let the next one pass when they are given up, and are first again when they are tried once more', async () => {
      await outbox().add([row('a'), row('b')], NOW, BOUNDS);
      await outbox().failed('a', { ...dead, state: 'pending', next_at: NOW + 5 });
      expect((await outbox().heads())[0]).to.include({ id: 'a', tries: 14, next_at: NOW + 5, last_error: 'refused' });
      await outbox().failed('a', dead);
      expect(ids(await outbox().heads())).to.deep.equal(['b']);
      expect(await outbox().counts()).to.deep.equal({ pending: 1, dead: 1 });
      expect(ids(await outbox().list({ limit: 9 }))).to.deep.equal(['b', 'a']);
      expect(ids(await outbox().list({ limit: 9, state: 'dead' }))).to.deep.equal(['a']);
      expect(ids(await outbox().list({ limit: 9, before: 2 }))).to.deep.equal(['a']);
      expect(await outbox().retry('a', NOW + 9)).to.include({ state: 'pending', tries: 0, next_at: NOW + 9 });
      expect(await outbox().retry('nobody', NOW)).to.equal(undefined);
      expect(ids(await outbox().heads())).to.deep.equal(['a']);
    });

    it('are bounded: the old dead go, then any dead, then the oldest', async () => {
      await outbox().add([row('a'), row('b'), row('c'), row('d')], NOW, BOUNDS);
      for (const id of ['b', 'c']) await outbox().failed(id, dead);
      expect(await outbox().add([row('e')], NOW + 10, { deadSince: 0, most: 4 })).to.equal(1);
      expect(ids(await outbox().list({ limit: 9 }))).to.deep.equal(['e', 'd', 'c', 'a']);
      expect(await outbox().add([row('f')], NOW + 10, { deadSince: NOW + 1, most: 4 })).to.equal(0);
      expect(await outbox().add([row('g')], NOW + 10, { deadSince: 0, most: 4 })).to.equal(1);
      expect(ids(await outbox().list({ limit: 9 }))).to.deep.equal(['g', 'f', 'e', 'd']);
      expect(
        await outbox().add([row('z', { endpoint: 'https://two.example.com' })], NOW, { ...BOUNDS, most: 1 }),
      ).to.equal(0);
    });

    it('of endpoints that are configured no more are removed', async () => {
      await outbox().add([row('a'), row('b', { endpoint: 'https://two.example.com' })], NOW, BOUNDS);
      expect(await outbox().keepOnly(['https://two.example.com'])).to.equal(1);
      expect(ids(await outbox().heads())).to.deep.equal(['b']);
      expect(await outbox().keepOnly([])).to.equal(1);
    });

    it('come with what is known of the spoke, or not at all', async () => {
      await outbox().add([row('a')], NOW, BOUNDS, { spoke: 'dc1', offline: true });
      const again = await outbox()
        .add([row('b'), row('a')], NOW, BOUNDS, { spoke: 'dc2', offline: true })
        .catch(() => 'failed');
      expect(again).to.equal('failed');
      expect(await outbox().offlineSpokes()).to.deep.equal(['dc1']);
      expect(ids(await outbox().list({ limit: 9 }))).to.deep.equal(['a']);
      await outbox().add([], NOW, BOUNDS, { spoke: 'dc1', offline: false });
      expect(await outbox().offlineSpokes()).to.deep.equal([]);
    });
  });
}
