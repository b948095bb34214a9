import { expect } from 'chai';
import type { CallLimit } from '../../../src/fleet/call-limits.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { createGate } from '../../../src/server/platform/gate.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const LIMIT: CallLimit = { perSecond: 10, burst: 2, maxWaitMs: 60_000 };

function gateWith(limit: CallLimit) {
  const clock = createFakeClock();
  let refused = 0;
  const gate = createGate({ what: 'check-ins', limit, clock, onRefused: () => void refused++ });
  /** The wait that it is told, milliseconds; undefined if it is let in. */
  const enter = (caller?: string): number | undefined => {
    try {
      gate.enter(caller);
      return undefined;
    } catch (error) {
      expect(error).to.be.instanceOf(VigoError);
      expect(error).to.include({ code: 'OVERLOADED', message: 'too many check-ins at a time: come back later' });
      return (error as VigoError).retryAfterMs;
    }
  };
  return { gate, clock, enter, refused: () => refused };
}

describe('a gate before calls', () => {
  it('lets in as many as its limit says, counts what it refuses and tells each a time of its own', async () => {
    const { clock, enter, refused } = gateWith(LIMIT);
    expect([enter(), enter(), enter(), enter()]).to.deep.equal([undefined, undefined, 300, 500]);
    expect(refused()).to.equal(2);
    await clock.advance(100);
    expect([enter(), enter()]).to.deep.equal([undefined, 600]);
  });

  it('lets in no more than may be under way, until one has ended', () => {
    const { gate, enter } = gateWith({ ...LIMIT, burst: 100, concurrent: 2 });
    const first = gate.enter();
    gate.enter();
    expect(enter()).to.be.above(0);
    first[Symbol.dispose]();
    expect(enter()).to.equal(undefined);
    expect(enter()).to.be.above(0);
  });

  it('refuses a caller that takes more than its share, without a place on the waiting list of the others', async () => {
    const { clock, enter } = gateWith({ ...LIMIT, burst: 6, perCaller: { calls: 3, spanMs: 10_000 } });
    const hammering = Array.from({ length: 1_000 }, () => enter('mad'));
    expect(hammering.slice(0, 3)).to.deep.equal([undefined, undefined, undefined]);
    expect(hammering.slice(3).every((wait) => wait !== undefined && wait >= 10_000 && wait < 20_000)).to.equal(true);
    expect([enter('a'), enter('b'), enter('c'), enter('d')]).to.deep.equal([undefined, undefined, undefined, 300]);
    await clock.advance(10_000);
    expect(enter('mad')).to.equal(undefined);
  });
});
