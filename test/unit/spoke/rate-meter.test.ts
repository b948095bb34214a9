import { expect } from 'chai';
import { createRateMeter } from '../../../src/server/spoke/rate-meter.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('the rate of check-ins', () => {
  it('is averaged over the last minute, or over the time there was', async () => {
    const clock = createFakeClock();
    const meter = createRateMeter(clock);
    expect(meter.perSecond()).to.equal(0);
    for (let i = 0; i < 10; i++) meter.count();
    expect(meter.perSecond()).to.equal(10);
    await clock.advance(9_000);
    expect(meter.perSecond()).to.equal(1);
    for (let second = 0; second < 120; second++) {
      meter.count();
      meter.count();
      await clock.advance(1_000);
    }
    expect(meter.perSecond()).to.be.within(1.9, 2);
    await clock.advance(59_000);
    expect(meter.perSecond()).to.be.within(0, 0.1);
    await clock.advance(3_600_000);
    expect(meter.perSecond()).to.equal(0);
  });
});
