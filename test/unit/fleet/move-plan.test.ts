import { expect } from 'chai';
import fc from 'fast-check';
import { type MoveCandidate, type MovePlanInput, planMove } from '../../../src/fleet/move-plan.ts';
import { compileRules, homeSpoke, matchSpoke } from '../../../src/fleet/placement.ts';

const IDS = ['dc1', 'dc2', 'dc3', 'any'];
const SPECS = [
  { id: 'dc1', addr: '', patterns: ['*.dc1'] },
  { id: 'dc2', addr: '', patterns: ['*.dc2', 'web1.*'] },
  { id: 'dc3', addr: '', patterns: ['*.dc3'] },
  { id: 'any', addr: '', patterns: [] },
];
const RULES = compileRules(SPECS);
const target = (id: string, envoys = 0, accepts = true) => ({ id, accepts, envoys });
const envoy = (hostname: string, spoke: string, moveId?: string): MoveCandidate => ({
  id: `${hostname} on ${spoke}`,
  hostname,
  spoke,
  moveId,
});

const plan = (input: Partial<MovePlanInput> & Pick<MovePlanInput, 'candidates'>) =>
  planMove({ reason: 'drain', targets: IDS.map((id) => target(id)), rules: RULES, fallback: 'least_loaded', ...input });
const moves = (result: ReturnType<typeof plan>) =>
  result.planned.map(({ hostname, from, to }) => `${hostname}: ${from} to ${to}`);

describe('the plan of a move', () => {
  describe('of a drain', () => {
    it('prefers the first other spoke whose patterns match', () => {
      const candidates = [envoy('web1.dc3', 'dc1'), envoy('web2.dc3', 'dc1'), envoy('web1.dc1', 'dc1')];
      expect(moves(plan({ candidates }))).to.deep.equal([
        'web1.dc3: dc1 to dc2',
        'web2.dc3: dc1 to dc3',
        'web1.dc1: dc1 to dc2',
      ]);
    });

    it('passes over spokes that take nobody', () => {
      const targets = [target('dc1'), target('dc2', 0, false), target('dc3'), target('any', 9)];
      expect(moves(plan({ candidates: [envoy('web1.dc3', 'dc1')], targets }))).to.deep.equal(['web1.dc3: dc1 to dc3']);
    });

    it('balances those that match nothing, counting what it has planned already', () => {
      const candidates = Array.from({ length: 9 }, (_, i) => envoy(`mail${i}`, 'dc1'));
      const targets = [target('dc1', 9), target('dc2', 2), target('dc3', 0), target('any', 1)];
      const { legs } = plan({ candidates, targets });
      expect(legs.map(({ to, envoys }) => [to, envoys])).to.deep.equal([
        ['dc3', 4],
        ['any', 3],
        ['dc2', 2],
      ]);
    });

    it('leaves those in place that match nothing when it may not choose', () => {
      const result = plan({ candidates: [envoy('mail1', 'dc1'), envoy('web1.dc1', 'dc1')], fallback: 'none' });
      expect(moves(result)).to.deep.equal(['web1.dc1: dc1 to dc2']);
      expect(result.skipped).to.have.length(1);
      expect(result.skipped[0]).to.include({ hostname: 'mail1', settled: false });
    });

    it('leaves all in place when no other spoke takes any', () => {
      const result = plan({ candidates: [envoy('a', 'dc1')], targets: [target('dc1'), target('dc2', 0, false)] });
      expect(result.skipped[0]?.reason).to.equal('no other spoke is healthy and eligible');
    });
  });

  it('with a target moves all there, but for those that are there', () => {
    const result = plan({
      reason: 'reassign',
      to: 'any',
      candidates: [envoy('a', 'dc1'), envoy('b', 'any'), envoy('c', 'gone')],
    });
    expect(moves(result)).to.deep.equal(['a: dc1 to any', 'c: gone to any']);
    expect(result.skipped).to.deep.equal([
      { id: 'b on any', hostname: 'b', reason: 'is on any already', settled: true },
    ]);
  });

  it('of a rebalance moves envoys home, and only there', () => {
    const candidates = [envoy('a.dc1', 'dc1'), envoy('a.dc2', 'dc1'), envoy('mail', 'dc1'), envoy('a.dc3', 'dc1')];
    const targets = [target('dc1'), target('dc2'), target('dc3', 0, false)];
    const result = plan({ reason: 'rebalance', candidates, targets });
    expect(moves(result)).to.deep.equal(['a.dc2: dc1 to dc2']);
    expect(result.skipped.map(({ hostname, settled }) => [hostname, settled])).to.deep.equal([
      ['a.dc1', true],
      ['mail', false],
      ['a.dc3', false],
    ]);
    const withDefault = plan({
      reason: 'rebalance',
      candidates: [envoy('mail', 'dc1')],
      rules: compileRules(SPECS, 'any'),
    });
    expect(moves(withDefault)).to.deep.equal(['mail: dc1 to any']);
  });

  const candidate = fc
    .record({
      hostname: fc
        .tuple(fc.constantFrom('web1', 'web2', 'mail'), fc.constantFrom('.dc1', '.dc2', '.dc3', ''))
        .map((parts) => parts.join('')),
      spoke: fc.constantFrom(...IDS, 'gone'),
      moveId: fc.option(fc.constant('other'), { nil: undefined, freq: 5 }),
    })
    .map(({ hostname, spoke, moveId }) => envoy(hostname, spoke, moveId));
  const anyInput: fc.Arbitrary<MovePlanInput> = fc.record({
    reason: fc.constantFrom('reassign', 'drain', 'failover', 'rebalance'),
    candidates: fc.array(candidate, { maxLength: 30 }).map((all) => all.map((each, i) => ({ ...each, id: `${i}` }))),
    targets: fc.tuple(
      ...IDS.map((id) => fc.record({ id: fc.constant(id), accepts: fc.boolean(), envoys: fc.nat(20) })),
    ),
    rules: fc.constantFrom(RULES, compileRules(SPECS, 'any')),
    to: fc.option(fc.constantFrom(...IDS), { nil: undefined }),
    fallback: fc.constantFrom('least_loaded', 'none'),
  });

  it('says of each envoy, once, where it goes or why it stays', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { planned, skipped, legs } = planMove(input);
        const named = [...planned, ...skipped].map(({ id }) => id).sort();
        expect(named).to.deep.equal(input.candidates.map(({ id }) => id).sort());
        expect(skipped.every(({ reason }) => reason.length > 0)).to.equal(true);
        expect(legs.reduce((sum, leg) => sum + leg.envoys, 0)).to.equal(planned.length);
      }),
    );
  });

  it('moves nobody to where it is, to who takes nobody, or out of another move', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { planned, skipped } = planMove(input);
        const accepting = new Set(input.targets.filter((each) => each.accepts).map((each) => each.id));
        const moving = new Set(input.candidates.filter((each) => each.moveId).map((each) => each.id));
        for (const { id, from, to } of planned) {
          expect(to).not.to.equal(from);
          expect(accepting.has(to)).to.equal(true);
          expect(moving.has(id)).to.equal(false);
          if (input.to !== undefined) expect(to).to.equal(input.to);
        }
        for (const { id, settled } of skipped) {
          const { hostname, spoke } = input.candidates.find((each) => each.id === id)!;
          const belongs = input.to ?? (input.reason === 'rebalance' ? homeSpoke(input.rules, hostname) : undefined);
          expect(settled).to.equal(spoke === belongs && !moving.has(id));
        }
      }),
    );
  });

  it('prefers a match to the emptiest spoke', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        if (input.to !== undefined || input.reason === 'rebalance') return;
        const accepts = (id: string) => input.targets.some((each) => each.id === id && each.accepts);
        for (const { hostname, from, to } of planMove(input).planned) {
          const match = matchSpoke(input.rules, hostname, (id) => id !== from && accepts(id));
          if (match) expect(to).to.equal(match);
          else expect(input.fallback).to.equal('least_loaded');
        }
      }),
    );
  });
});
