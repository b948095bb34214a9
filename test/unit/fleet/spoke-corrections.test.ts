import { expect } from 'chai';
import fc from 'fast-check';
import { correctionsFor, type DirectoryEntry, type SpokeEntry } from '../../../src/fleet/spoke-corrections.ts';

const entry = (id: string, spoke: string, epoch: number, unsettled = false): DirectoryEntry => ({
  id,
  spoke,
  epoch,
  unsettled,
});
const corrections = (directory: readonly DirectoryEntry[], found: readonly SpokeEntry[]) =>
  correctionsFor(
    'dc1',
    directory.filter(({ spoke }) => spoke === 'dc1'),
    found,
    (id) => directory.find((each) => each.id === id),
  );

describe('what a spoke has to be told', () => {
  const table: [string, DirectoryEntry[], SpokeEntry[], Partial<ReturnType<typeof correctionsFor>>][] = [
    ['nothing if both agree', [entry('a', 'dc1', 2)], [{ id: 'a', epoch: 2 }], {}],
    ['whom it lacks', [entry('a', 'dc1', 2)], [], { adopt: ['a'] }],
    ['whom it serves under an epoch that is over', [entry('a', 'dc1', 3)], [{ id: 'a', epoch: 1 }], { adopt: ['a'] }],
    [
      'whom another owns',
      [entry('a', 'dc2', 2)],
      [{ id: 'a', epoch: 1 }],
      { release: [{ id: 'a', to: 'dc2', epoch: 2 }] },
    ],
    ['whom nobody knows', [], [{ id: 'a', epoch: 1 }], { unknown: ['a'] }],
    [
      'nothing about those on their way',
      [entry('a', 'dc1', 2, true), entry('b', 'dc2', 2, true)],
      [{ id: 'b', epoch: 1 }],
      {},
    ],
    [
      'nothing about an epoch that the directory does not know yet',
      [entry('a', 'dc2', 1)],
      [{ id: 'a', epoch: 2 }],
      {},
    ],
    ['nothing about others that it does not serve', [entry('a', 'dc2', 1)], [], {}],
  ];
  for (const [what, directory, found, expected] of table) {
    it(`is ${what}`, () =>
      expect(corrections(directory, found)).to.deep.equal({ adopt: [], release: [], unknown: [], ...expected }));
  }

  it('makes it serve just whom the directory says, whatever it served before', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const directories = fc.tuple(
      ...ids.map((id) =>
        fc.option(
          fc.record({
            id: fc.constant(id),
            spoke: fc.constantFrom('dc1', 'dc2'),
            epoch: fc.integer({ min: 2, max: 9 }),
            unsettled: fc.constant(false),
          }),
          { nil: undefined },
        ),
      ),
    );
    // Of an older backup: no epoch is later than the directory's.
    const backups = fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), epoch: fc.integer({ min: 1, max: 2 }) }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(directories, backups, (entries, found) => {
        const directory = entries.filter((each) => each !== undefined);
        const { adopt, release, unknown } = corrections(directory, found);
        const served = new Map(found.map(({ id, epoch }) => [id, epoch]));
        for (const id of adopt) served.set(id, directory.find((each) => each.id === id)!.epoch);
        for (const { id, epoch } of release) if ((served.get(id) ?? 0) < epoch) served.delete(id);
        for (const id of unknown) served.delete(id);
        for (const { id, spoke, epoch } of directory.filter((each) => each.epoch > 2 || each.spoke === 'dc1'))
          expect(served.get(id)).to.equal(spoke === 'dc1' ? epoch : undefined);
      }),
    );
  });
});
