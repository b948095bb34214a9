/** What webhooks have been told, over every engine; called by the store suite. */
import { expect } from 'chai';
import type { Database } from '../../src/server/store/database.ts';
import { createDeliveryRepository, type DeliveryRow } from '../../src/server/store/delivery-repository.ts';

const NOW = 1_800_000_000_000;
const ALL = { since: 0, most: 1_000 };

const row = (delivery: string, more: Partial<DeliveryRow> = {}): DeliveryRow => ({
  webhook: 'stacks',
  delivery,
  body_digest: `body of ${delivery}`,
  repository: '',
  received_at: NOW,
  ...more,
});

/** Inside `describe`; `open` gives a new, empty database for each test. */
export function describeDeliveries(db: () => Database): void {
  describe('deliveries to webhooks', () => {
    const deliveries = () => createDeliveryRepository(db());
    const names = async (webhook: string) => (await deliveries().pending(webhook)).map(({ delivery }) => delivery);

    it('are taken once, each webhook for itself', async () => {
      expect(await deliveries().take(row('a'), false, ALL)).to.equal(true);
      expect(await deliveries().take(row('a', { body_digest: 'other' }), false, ALL)).to.equal(false);
      expect(await deliveries().take(row('a', { webhook: 'other' }), false, ALL)).to.equal(true);
      expect(await names('stacks')).to.deep.equal(['a']);
      await deliveries().settle('stacks', ['a'], 'done');
      expect(await deliveries().take(row('a'), false, ALL)).to.equal(false);
      expect(await names('stacks')).to.deep.equal([]);
      expect(await names('other')).to.deep.equal(['a']);
    });

    it('are known by what they say, where their names mean nothing', async () => {
      await deliveries().take(row('a'), true, ALL);
      const renamed = row('b', { body_digest: 'body of a' });
      expect(await deliveries().take(renamed, true, ALL)).to.equal(false);
      expect(await deliveries().take(renamed, false, ALL)).to.equal(true);
    });

    it('may come again when they have failed', async () => {
      await deliveries().take(row('a'), true, ALL);
      await deliveries().settle('stacks', ['a'], 'failed');
      expect(await names('stacks')).to.deep.equal([]);
      expect(await deliveries().take(row('b', { body_digest: 'body of a' }), true, ALL)).to.equal(true);
      expect(await names('stacks')).to.deep.equal(['b']);
      expect(await deliveries().take(row('a'), false, ALL)).to.equal(true);
    });

    it('are forgotten when they are old or many, but never before they are done', async () => {
      for (const [i, name] of ['a', 'b', 'c', 'd'].entries())
        await deliveries().take(row(name, { received_at: NOW + i }), true, ALL);
      await deliveries().settle('stacks', ['b', 'c', 'd'], 'done');
      await deliveries().take(row('e', { received_at: NOW + 4 }), true, { since: NOW + 2, most: 1_000 });
      expect(await deliveries().take(row('c'), true, ALL)).to.equal(false);
      expect(await deliveries().take(row('b', { received_at: NOW + 5 }), true, { since: 0, most: 2 })).to.equal(true);
      expect(await deliveries().take(row('d', { received_at: NOW + 6 }), true, ALL)).to.equal(true);
      expect(await names('stacks')).to.deep.equal(['a', 'e', 'b', 'd']);
    });
  });
}
