import { expect } from 'chai';
import { LONGEST_DELAY_MS, MAX_TRIES, retryDelay } from '../../../src/fleet/retry-schedule.ts';

const HOUR_MS = 3_600_000;

describe('the schedule of retries', () => {
  const delays = (random: number) =>
    Array.from({ length: MAX_TRIES - 1 }, (_, i) => retryDelay(i + 1, random) ?? Number.NaN);

  it('begins with seconds, grows, and ends after about a day', () => {
    const middle = delays(0.5);
    expect(middle.slice(0, 4)).to.deep.equal([5_000, 15_000, 45_000, 135_000]);
    expect(middle).to.deep.equal(middle.toSorted((a, b) => a - b));
    expect(Math.max(...middle)).to.equal(LONGEST_DELAY_MS);
    const day = middle.reduce((sum, delay) => sum + delay, 0);
    expect(day).to.be.within(22 * HOUR_MS, 27 * HOUR_MS);
    expect(retryDelay(MAX_TRIES, 0.5)).to.equal(undefined);
    expect(retryDelay(MAX_TRIES + 1, 0.5)).to.equal(undefined);
  });

  it('spreads what has failed together by a fifth to both sides', () => {
    expect(delays(0)[0]).to.equal(4_000);
    expect(delays(1)[0]).to.be.closeTo(6_000, 1e-6);
  });
});
