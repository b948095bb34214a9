import { expect } from 'chai';
import { noteOffline, type StaleEnvoys } from '../../../src/fleet/stale-envoys.ts';

describe('news of silent envoys', () => {
  /** [seconds, offline envoys] → how many more are told of each time */
  const told = (...history: [number, number][]) => {
    let state: StaleEnvoys | undefined;
    return history.map(([seconds, offline]) => {
      const verdict = noteOffline(state, offline, seconds * 1000);
      state = verdict.state;
      return verdict.more;
    });
  };

  it('are told when there are more of them than were known', () => {
    expect(told([0, 0], [10, 3], [20, 3])).to.deep.equal([0, 3, 0]);
  });

  it('are none when a spoke is heard of for the first time', () => {
    expect(told([0, 7], [10, 7], [20, 8])).to.deep.equal([0, 0, 1]);
  });

  it('come once a minute at most, and lose nothing by that', () => {
    expect(told([0, 0], [10, 1], [20, 2], [69, 4], [70, 5], [80, 5])).to.deep.equal([0, 1, 0, 0, 4, 0]);
  });

  it('begin anew when envoys have come back', () => {
    expect(told([0, 0], [10, 5], [80, 2], [90, 4])).to.deep.equal([0, 5, 0, 2]);
    expect(told([0, 0], [10, 5], [20, 2], [30, 4], [40, 1], [70, 2])).to.deep.equal([0, 5, 0, 0, 0, 1]);
  });
});
