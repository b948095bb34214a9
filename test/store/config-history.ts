/** The history of configurations, over every engine; called by the store suite. */
import { expect } from 'chai';
import { type ConfigVersionRow, createConfigRepository } from '../../src/server/store/config-repository.ts';
import type { Database } from '../../src/server/store/database.ts';

const NOW = 1_800_000_000_000;

const published = (number: number, more: Partial<ConfigVersionRow> = {}): ConfigVersionRow => ({
  number,
  version: String(number).padStart(8, 'c').padEnd(64, '0'),
  published_at: NOW + number,
  actor: 'tester',
  message: '',
  rollback: 0,
  size: 3 * 2 ** 31,
  files_changed: 1,
  added: '["envoys.vgo"]',
  changed: '[]',
  removed: '[]',
  ...more,
});

/** Inside `describe`; `open` gives a new, empty database for each test. */
export function describeConfigHistory(db: () => Database): void {
  describe('published configurations', () => {
    const history = () => createConfigRepository(db());

    it('are listed newest first, in pieces, as they were written', async () => {
      for (const number of [1, 2, 3]) await history().append(published(number));
      expect(await history().list(2)).to.deep.equal([published(3), published(2)]);
      expect(await history().list(2, 2)).to.deep.equal([published(1)]);
      expect(await history().list(2, 1)).to.deep.equal([]);
    });

    it('are written once: a number is never used for two', async () => {
      await history().append(published(1));
      const again = await history()
        .append(published(1, { message: 'other' }))
        .catch(() => 'failed');
      expect(again).to.equal('failed');
      expect(await history().list(9)).to.deep.equal([published(1)]);
    });

    it('can be taken back, one at a time', async () => {
      for (const number of [1, 2]) await history().append(published(number));
      await history().remove(2);
      await history().remove(2);
      expect(await history().list(9)).to.deep.equal([published(1)]);
    });

    it('are found by how their version begins, each once however often it was published', async () => {
      const version = (start: string) => start.padEnd(64, '0');
      const all = ['aaaa1111', 'aaaa1112', 'bbbb0000', 'aaaa1111'];
      for (const [i, start] of all.entries()) await history().append(published(i + 1, { version: version(start) }));
      expect(await history().versionsLike('aaaa111', 9)).to.deep.equal([version('aaaa1111'), version('aaaa1112')]);
      expect(await history().versionsLike('aaaa1111', 9)).to.deep.equal([version('aaaa1111')]);
      expect(await history().versionsLike('aaaa111', 1)).to.have.length(1);
      for (const odd of ['%', '_aaa1111', 'aaaa1113', "'", version('aaaa1111').concat('0')])
        expect(await history().versionsLike(odd, 9), odd).to.deep.equal([]);
      expect(await history().newestVersions(2)).to.deep.equal([version('aaaa1111'), version('bbbb0000')]);
      expect(await history().newestVersions(9)).to.have.length(3);
    });
  });
}
