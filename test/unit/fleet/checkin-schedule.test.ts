import { expect } from 'chai';
import fc from 'fast-check';
import {
  backoff,
  nextCheckinAfter,
  offlineAfter,
  redirectSpread,
  scaledInterval,
} from '../../../src/fleet/checkin-schedule.ts';

const pace = fc.record({
  intervalMs: fc.integer({ min: 1_000, max: 3_600_000 }),
  maxRate: fc.integer({ min: 1, max: 10_000 }),
});
const envoys = fc.nat({ max: 200_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const evenly = (steps: number) => Array.from({ length: steps }, (_, i) => (i + 0.5) / steps);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the schedule of check-ins', () => {
  it('keeps the wished interval for a small fleet, and the rate for a large one', () => {
    const wish = { intervalMs: 300_000, maxRate: 1_000 };
    expect(scaledInterval(wish, 100_000)).to.equal(300_000);
    expect(scaledInterval(wish, 600_000)).to.equal(600_000);
    fc.assert(
      fc.property(pace, envoys, (by, n) => {
        expect((n / scaledInterval(by, n)) * 1_000).to.be.at.most(by.maxRate * 1.000_001);
      }),
    );
  });

  it('spreads each delay by a tenth around the interval, whose mean stays', () => {
    fc.assert(
      fc.property(pace, envoys, random, (by, n, chance) => {
        const interval = scaledInterval(by, n);
        expect(nextCheckinAfter(by, n, chance)).to.be.within(Math.floor(interval * 0.9), Math.ceil(interval * 1.1));
      }),
    );
    const delays = evenly(1_000).map((chance) => nextCheckinAfter({ intervalMs: 60_000, maxRate: 100 }, 10, chance));
    expect(mean(delays)).to.be.closeTo(60_000, 5);
    expect(new Set(delays).size).to.be.above(900);
  });

  it('calls nobody offline who came as late as it was told to', () => {
    fc.assert(
      fc.property(pace, envoys, random, (by, n, chance) => {
        expect(offlineAfter(by, n)).to.be.above(2 * nextCheckinAfter(by, n, chance));
      }),
    );
  });

  const offline: [what: string, envoys: number, toldMs: number, afterMs: number][] = [
    ['what it was told is not known', 10, 0, 165_000],
    ['it was told the shortest interval', 10, 54_000, 165_000],
    ['it was told the longest', 10, 66_000, 165_000],
    ['it was told a longer one, when the fleet was larger', 10, 200_000, 500_000],
    ['the fleet has grown since', 12_000, 66_000, 330_000],
  ];
  for (const [what, fleet, toldMs, afterMs] of offline) {
    it(`calls an envoy offline after ${afterMs / 1_000} s where ${what}`, () => {
      expect(offlineAfter({ intervalMs: 60_000, maxRate: 100 }, fleet, toldMs)).to.be.closeTo(afterMs, 0.001);
    });
  }

  it('calls nobody offline before 2.5 times what it was told, however the fleet changed since', () => {
    fc.assert(
      fc.property(pace, envoys, envoys, random, (by, then, now, chance) => {
        const told = nextCheckinAfter(by, then, chance);
        expect(offlineAfter(by, now, told)).to.be.at.least(2.5 * told);
        expect(offlineAfter(by, now, told)).to.be.at.least(offlineAfter(by, now));
      }),
    );
  });

  it('spreads redirected agents as the rate asks, but never over more than an interval', () => {
    expect(redirectSpread({ intervalMs: 300_000, maxRate: 1_000 }, 10_000)).to.equal(10_000);
    expect(redirectSpread({ intervalMs: 1_000, maxRate: 1 }, 0)).to.equal(0);
    fc.assert(
      fc.property(pace, envoys, (by, n) => {
        expect(redirectSpread(by, n)).to.be.at.most(scaledInterval(by, n));
      }),
    );
  });
});

describe('backoff', () => {
  const policy = { baseMs: 1_000, capMs: 60_000 };

  it('doubles its window up to the cap, and stays there for ever', () => {
    const widest = (failures: number) => backoff(policy, failures, 1);
    expect([0, 1, 2, 5, 6, 7].map(widest)).to.deep.equal([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
    expect(widest(10_000)).to.equal(60_000);
  });

  it('draws from the whole window, also when that is capped', () => {
    for (const failures of [0, 3, 10, 1_000]) {
      const window = backoff(policy, failures, 1);
      const delays = evenly(100).map((chance) => backoff(policy, failures, chance));
      expect(mean(delays)).to.be.closeTo(window / 2, window / 100);
      expect(Math.min(...delays)).to.be.below(window / 50);
      expect(Math.max(...delays)).to.be.above(window * 0.98);
    }
  });
});
