import { expect } from 'chai';
import fc from 'fast-check';
import { type BucketLimit, FULL_BUCKET, takeToken } from '../../../src/fleet/token-bucket.ts';

const LIMIT: BucketLimit = { perSecond: 10, burst: 3, maxWaitMs: 60_000 };

/** What becomes of calls at these times: undefined if taken, else the wait that they are told. */
function play(limit: BucketLimit, times: readonly number[], random = 0): (number | undefined)[] {
  let bucket = FULL_BUCKET;
  return times.map((now) => {
    const verdict = takeToken(bucket, limit, now, random);
    ({ bucket } = verdict);
    return verdict.retryAfterMs;
  });
}

const at = (time: number, count: number): number[] => Array<number>(count).fill(time);
const taken = undefined;

describe('the bucket that limits calls', () => {
  const table: [what: string, times: number[], expected: (number | undefined)[]][] = [
    ['takes a burst', at(1_000, 3), [taken, taken, taken]],
    ['refuses what is more', at(1_000, 4), [taken, taken, taken, 300]],
    ['takes one more as soon as there is room', [...at(1_000, 3), 1_099, 1_100], [taken, taken, taken, 201, taken]],
    ['takes for ever what keeps to the rate', Array.from({ length: 9 }, (_, i) => i * 100), Array(9).fill(taken)],
    ['saves up a burst at most', [...at(0, 3), ...at(90_000, 4)], [taken, taken, taken, taken, taken, taken, 300]],
    ['gives those that it refuses places one after the other', at(0, 6), [taken, taken, taken, 300, 500, 700]],
    [
      'forgets the waiting list when its time is over',
      [...at(0, 5), ...at(90_000, 4)],
      [...[taken, taken, taken, 300, 500], ...[taken, taken, taken, 300]],
    ],
  ];
  for (const [what, times, expected] of table) {
    it(what, () => {
      expect(play(LIMIT, times)).to.deep.equal(expected);
    });
  }

  it('spreads those for whom there is no place over the second half of the longest wait', () => {
    const short = { ...LIMIT, maxWaitMs: 1_000 };
    const waits = (random: number) => play(short, at(0, 12), random).slice(3);
    expect(waits(0)).to.deep.equal([300, 500, 700, 900, 500, 500, 500, 500, 500]);
    expect(waits(0.5).slice(4)).to.deep.equal([750, 750, 750, 750, 750]);
  });

  const limits = fc.record({
    perSecond: fc.integer({ min: 1, max: 2_000 }),
    burst: fc.integer({ min: 1, max: 2_000 }),
    maxWaitMs: fc.integer({ min: 1_000, max: 300_000 }),
  });

  it('never takes more than a burst and what has flowed in since, in any span of time', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.nat({ max: 300 }), { maxLength: 200 }), (limit, pauses) => {
        let now = 0;
        const times = pauses.map((pause) => (now += pause));
        const accepted = times.filter((_, i) => play(limit, times)[i] === undefined);
        for (const [i, from] of accepted.entries())
          for (const [j, to] of accepted.entries())
            if (j >= i) expect(j - i + 1).to.be.at.most(limit.burst + ((to - from) * limit.perSecond) / 1000 + 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('tells nobody to wait longer than the longest wait, nor to come at once', () => {
    fc.assert(
      fc.property(
        limits,
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (limit, n, random) => {
          for (const wait of play(limit, at(5, n), random)) {
            if (wait !== undefined) expect(wait).to.be.within(Math.min(1_000 / limit.perSecond, 500), limit.maxWaitMs);
          }
        },
      ),
    );
  });

  it('has served a crowd that came at once in twice the time that it takes, each refused a few times at most', () => {
    const limit = { perSecond: 20, burst: 20, maxWaitMs: 300_000 };
    const queue = Array.from({ length: 1_000 }, (_, i) => ({ at: i / 1_000, refusals: 0 }));
    let bucket = FULL_BUCKET;
    let last = 0;
    let refusals = 0;
    while (queue.length > 0) {
      queue.sort((a, b) => b.at - a.at);
      const call = queue.pop() as (typeof queue)[number];
      const verdict = takeToken(bucket, limit, call.at, 0.5);
      ({ bucket } = verdict);
      if (verdict.retryAfterMs === undefined) {
        last = call.at;
        refusals = Math.max(refusals, call.refusals);
      } else {
        queue.push({ at: call.at + verdict.retryAfterMs, refusals: call.refusals + 1 });
      }
    }
    expect(last).to.be.within(49_000, 100_000);
    expect(refusals).to.equal(1);
  });
});
