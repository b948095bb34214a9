/** What an agent does about its certificate. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type IdentityFacts,
  type IdentityTask,
  type IdentityTries,
  identityTask,
  pauseAfter,
} from '../../../../src/agent/identity/identity-due.ts';

const NOW = 1_000_000;
const FACTS: IdentityFacts = {
  life: { issuedAt: NOW - 1_000, endsAt: NOW + 10_000 },
  byCurrentCa: true,
  trustTag: 7,
  confirmed: true,
};
const TRIES: IdentityTries = { toldTag: 0, settled: { tag: 0, until: 0 }, notBefore: 0 };

describe('the task of an agent about its certificate', () => {
  type Case = [
    what: string,
    facts: Partial<IdentityFacts>,
    tries: Partial<IdentityTries>,
    task: IdentityTask | undefined,
  ];
  const cases: Case[] = [
    ['is none while all is well', {}, {}, undefined],
    ['is none when its server trusts the same', {}, { toldTag: 7 }, undefined],
    ['is another when its server trusts others', {}, { toldTag: 8 }, 'renew'],
    ['is another when a CA before has signed it', { byCurrentCa: false }, {}, 'renew'],
    ['is another at two thirds of its life', { life: { issuedAt: NOW - 21, endsAt: NOW + 9 } }, {}, 'renew'],
    ['is to tell the hub of one that it may not know of', { confirmed: false }, {}, 'confirm'],
    ['is first to renew, then to tell', { confirmed: false }, { toldTag: 8 }, 'renew'],
    ['waits after a failure', { byCurrentCa: false }, { notBefore: NOW + 1 }, undefined],
    [
      'leaves a server alone that is behind the hub',
      {},
      { toldTag: 8, settled: { tag: 8, until: NOW + 1 } },
      undefined,
    ],
    ['asks about it again later', {}, { toldTag: 8, settled: { tag: 8, until: NOW } }, 'renew'],
    ['is not kept by that from a third', {}, { toldTag: 9, settled: { tag: 8, until: NOW + 1 } }, 'renew'],
  ];
  for (const [what, facts, tries, task] of cases) {
    it(what, () => expect(identityTask({ ...FACTS, ...facts }, { ...TRIES, ...tries }, NOW)).to.equal(task));
  }

  it('is tried again later and later, ten minutes apart at most, and spread', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const pause = pauseAfter(failures, random);
          expect(pause).to.be.at.least(1_000).and.at.most(600_000);
          expect(pauseAfter(failures + 1, random)).to.be.at.least(pause);
        },
      ),
    );
  });
});
