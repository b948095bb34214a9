import { expect } from 'chai';
import fc from 'fast-check';
import {
  decideFailover,
  type FailoverGuard,
  type FailoverInput,
  type FailoverSpoke,
} from '../../../src/fleet/failover-policy.ts';
import { SPOKE_HEALTHS, type SpokeHealth } from '../../../src/fleet/spoke-health.ts';

const NOW = 100_000;
/** Answered a moment ago. */
const up = (id: string, more: Partial<FailoverSpoke> = {}): FailoverSpoke => ({
  id,
  health: 'healthy',
  since: 0,
  failures: 0,
  lastGoodAt: NOW,
  envoys: 10,
  parked: false,
  unreconciled: false,
  pausedUntil: 0,
  ...more,
});
/** Has failed three times; given up a second ago. */
const dead = (id: string, more: Partial<FailoverSpoke> = {}): FailoverSpoke =>
  up(id, { health: 'unhealthy', since: NOW - 1_000, failures: 3, lastGoodAt: NOW - 90_000, ...more });
const decide = (spokes: readonly FailoverSpoke[], more: Partial<FailoverInput> = {}) =>
  decideFailover({
    enabled: true,
    threshold: 3,
    maxUnhealthyFraction: 0.55,
    spokes,
    draining: undefined,
    now: NOW,
    placeable: () => 10,
    ...more,
  });
const guards = (decision: ReturnType<typeof decide>): string[] =>
  decision.held.map(({ spoke, guard }) => `${spoke} ${guard}`);

describe('auto-failover', () => {
  const drains: [string, readonly FailoverSpoke[], string | undefined][] = [
    ['nobody while all are well', [up('a'), up('b')], undefined],
    ['one dead spoke of two', [dead('a'), up('b')], 'a'],
    ['one dead spoke of ten', [dead('a'), ...'bcdefghij'.split('').map((id) => up(id))], 'a'],
    ['nobody before the threshold', [dead('a', { failures: 2 }), up('b')], undefined],
    ['nobody who is only suspect', [up('a', { health: 'suspect', failures: 2 }), up('b')], undefined],
    ['nobody who comes back', [up('a', { health: 'recovering' }), up('b')], undefined],
    ['no spoke without envoys', [dead('a', { envoys: 0 }), up('b')], undefined],
    ['the one that failed first', [dead('a', { since: NOW - 10 }), dead('b'), up('c'), up('d'), up('e')], 'b'],
    [
      'one whose neighbour an operator has emptied and switched off',
      [dead('a'), dead('b', { parked: true, envoys: 0 }), up('c')],
      'a',
    ],
  ];
  for (const [what, spokes, expected] of drains) {
    it(`drains ${what}`, () => expect(decide(spokes).drain).to.equal(expected));
  }

  const holds: [FailoverGuard, string, readonly FailoverSpoke[], Partial<FailoverInput>?][] = [
    ['reporting', 'a spoke that still pushes reports', [dead('a', { health: 'unreachable' }), up('b')]],
    ['all_failed', 'when all fail, whatever the fraction', [dead('a'), dead('b')], { maxUnhealthyFraction: 1 }],
    ['all_failed', 'when the only one fails', [dead('a')]],
    ['all_failed', 'when the other has only begun to fail', [dead('a'), up('b', { health: 'suspect', failures: 1 })]],
    [
      'fraction',
      'when two of three fail',
      [dead('a'), up('b', { health: 'suspect', failures: 1, envoys: 0 }), up('c')],
    ],
    ['unconfirmed', 'until the other has answered since', [dead('a'), up('b', { lastGoodAt: NOW - 1_001 })]],
    [
      'unconfirmed',
      'until the other has been asked at all',
      [dead('a'), up('b', { health: 'unknown', lastGoodAt: undefined })],
    ],
    ['running', 'while another is drained', [dead('a'), up('b'), up('c')], { draining: 'c' }],
    ['paused', 'just after an attempt', [dead('a', { pausedUntil: NOW + 1 }), up('b')]],
    [
      'unreconciled',
      'a spoke of which a restored hub knows what the backup knew',
      [dead('a', { unreconciled: true }), up('b')],
    ],
    ['no_place', 'when nobody takes its envoys', [dead('a'), up('b')], { placeable: () => 0 }],
  ];
  for (const [guard, when, spokes, more] of holds) {
    it(`is held back by ${guard} ${when}`, () => {
      const decision = decide(spokes, more);
      expect(decision.drain).to.equal(undefined);
      expect(guards(decision)).to.include(`a ${guard}`);
      expect(decision.frozen).to.equal(guard === 'all_failed' || guard === 'fraction');
      expect(decision.reason === '').to.equal(!decision.frozen);
    });
  }

  it('does not wait for the answers of more spokes than it takes to trust itself', () => {
    const rest = 'bcdefghij'.split('').map((id, i) => up(id, i < 4 ? { lastGoodAt: 0 } : {}));
    expect(decide([dead('a'), ...rest]).drain).to.equal('a');
    expect(guards(decide([dead('a'), ...rest.map((spoke) => ({ ...spoke, lastGoodAt: 0 }))]))).to.deep.equal([
      'a unconfirmed',
    ]);
  });

  it('is frozen also when the failed spokes have no envoys, and says which fail', () => {
    const decision = decide([dead('a', { envoys: 0 }), dead('b', { envoys: 0 }), up('c')]);
    expect(decision).to.deep.include({ drain: undefined, frozen: true, held: [] });
    expect(decision.reason).to.include('2 of 3 spokes fail at once (a, b)');
  });

  it('that is switched off says nothing and does nothing', () => {
    expect(decide([dead('a'), up('b')], { enabled: false })).to.deep.equal({
      drain: undefined,
      frozen: false,
      reason: '',
      held: [],
    });
  });

  const spokes = fc
    .array(
      fc.record({
        health: fc.constantFrom<SpokeHealth>(...SPOKE_HEALTHS),
        since: fc.integer({ min: 0, max: NOW }),
        failures: fc.integer({ min: 0, max: 6 }),
        lastGoodAt: fc.option(fc.integer({ min: 0, max: NOW }), { nil: undefined }),
        envoys: fc.integer({ min: 0, max: 3 }),
        parked: fc.boolean(),
        unreconciled: fc.boolean(),
        pausedUntil: fc.integer({ min: 0, max: 2 * NOW }),
      }),
      { maxLength: 8 },
    )
    .map((list) => list.map((spoke, i) => ({ id: `s${i}`, ...spoke })));
  const rules = fc.record({
    threshold: fc.integer({ min: 1, max: 5 }),
    maxUnhealthyFraction: fc.double({ min: 0.01, max: 1, noNaN: true }),
    draining: fc.option(fc.constantFrom('s0', 's1'), { nil: undefined }),
  });

  it('never drains a spoke that may live, or while the hub may be the one at fault', () => {
    fc.assert(
      fc.property(spokes, rules, (all, by) => {
        const decision = decide(all, by);
        const chosen = all.find(({ id }) => id === decision.drain);
        if (!chosen) return;
        expect(chosen.unreconciled).to.equal(false);
        expect(chosen.health).to.equal('unhealthy');
        expect(chosen.failures).to.be.at.least(by.threshold);
        expect(decision.frozen).to.equal(false);
        expect(by.draining).to.equal(undefined);
        const answered = all.filter(({ lastGoodAt, failures }) => failures === 0 && (lastGoodAt ?? -1) >= chosen.since);
        const counted = all.filter(({ parked }) => !parked);
        // Somebody else has answered since it failed, unless it is itself one that does not count.
        if (counted.includes(chosen)) expect(answered.length).to.be.above(0);
      }),
    );
  });

  it('says of every failed spoke with envoys either that it is drained or what holds it back', () => {
    fc.assert(
      fc.property(spokes, rules, (all, by) => {
        const decision = decide(all, by);
        const named = [decision.drain, by.draining, ...decision.held.map(({ spoke }) => spoke)];
        for (const { id, health, failures, envoys } of all) {
          const failed = (health === 'unhealthy' || health === 'unreachable') && failures >= by.threshold;
          if (failed && envoys > 0) expect(named).to.include(id);
          else expect([decision.drain, ...decision.held.map(({ spoke }) => spoke)]).not.to.include(id);
        }
      }),
    );
  });
});
