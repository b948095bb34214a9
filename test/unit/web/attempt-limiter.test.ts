/** How often somebody may try to sign in. */
import { expect } from 'chai';
import { networkOf } from '../../../src/server/web/address-limiter.ts';
import { createAttemptLimiter } from '../../../src/server/web/sign-in/attempt-limiter.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { thrownCode } from '../../support/rpc-failure.ts';

describe('attempts to sign in', () => {
  it('are slowed down for an address that makes ten at once, and go on every two seconds', async () => {
    const clock = createFakeClock();
    const attempts = createAttemptLimiter({ clock });
    for (let n = 0; n < 10; n++) attempts.enter('10.0.0.1');
    expect(thrownCode(() => attempts.enter('10.0.0.1'))).to.equal('OVERLOADED');
    attempts.enter('10.0.0.2');
    await clock.advance(2_000);
    attempts.enter('10.0.0.1');
    expect(thrownCode(() => attempts.enter('10.0.0.1'))).to.equal('OVERLOADED');
  });

  it('are bounded for all addresses together', () => {
    const attempts = createAttemptLimiter({ clock: createFakeClock() });
    for (let n = 0; n < 100; n++) attempts.enter(`10.0.0.${n}`);
    expect(thrownCode(() => attempts.enter('10.0.1.1'))).to.equal('OVERLOADED');
  });

  it('are remembered of ten thousand addresses, not of more', () => {
    const attempts = createAttemptLimiter({ clock: createFakeClock() });
    for (let n = 0; n < 12_000; n++) {
      try {
        attempts.enter(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
      } catch {
        // Too many altogether; remembered all the same.
      }
    }
    expect(attempts.size).to.equal(10_000);
  });

  it('count as one for all that one holder of addresses can vary', () => {
    for (const [address, network] of [
      ['10.1.2.3', '10.1.2.3'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
      ['2001:db8:1:2::9', '2001:db8:1:2'],
      ['2001:db8::9', '2001:db8:0:0'],
      ['::1', '0:0:0:0'],
      ['fe80::1%eth0', 'fe80:0:0:0'],
      ['unknown', 'unknown'],
    ] as const)
      expect(networkOf(address), address).to.equal(network);
  });
});
