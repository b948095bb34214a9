import { expect } from 'chai';
import fc from 'fast-check';
import { agentLimits } from '../../../src/fleet/call-limits.ts';
import { scaledInterval } from '../../../src/fleet/checkin-schedule.ts';

const paces = fc.record({
  intervalMs: fc.integer({ min: 50, max: 86_400_000 }),
  maxRate: fc.integer({ min: 1, max: 1_000_000 }),
});

describe('the limits of what agents may ask', () => {
  it('follow from the rate that the operator has set', () => {
    const limits = agentLimits({ intervalMs: 300_000, maxRate: 1_000 });
    const rates = Object.fromEntries(Object.entries(limits).map(([call, { perSecond }]) => [call, perSecond]));
    const once = { checkIn: 1_000, getBundle: 1_000, reportRun: 1_000 };
    expect(rates).to.deep.equal({ ...once, fetchFile: 250, locate: 500, renew: 100 });
    expect(limits.checkIn).to.include({ burst: 1_000, maxWaitMs: 300_000 });
  });

  it('leave room for every agent to do in an interval what it does in one', () => {
    fc.assert(
      fc.property(paces, fc.nat({ max: 1_000_000 }), (pace, envoys) => {
        const perSecond = (envoys / scaledInterval(pace, envoys)) * 1_000;
        const { checkIn, getBundle, reportRun } = agentLimits(pace);
        for (const limit of [checkIn, getBundle, reportRun])
          expect(limit.perSecond * 1.000_001).to.be.at.least(perSecond);
      }),
    );
  });

  it('let each agent call ten times as often as it is asked to, and take a hundredth of a large server', () => {
    const share = (intervalMs: number, maxRate: number) => agentLimits({ intervalMs, maxRate }).checkIn.perCaller;
    expect(share(300_000, 1_000)).to.deep.equal({ calls: 100, spanMs: 10_000 });
    expect(share(300_000, 10)).to.deep.equal({ calls: 10, spanMs: 10_000 });
    expect(share(500, 10)).to.deep.equal({ calls: 200, spanMs: 10_000 });
  });
});
