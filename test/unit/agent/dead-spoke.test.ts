// Thousands of agents lose their spoke: how soon another serves them, and how evenly they come.
import { expect } from 'chai';
import { type FailoverScenario, simulateFailover } from '../../support/failover-simulation.ts';

describe('the agents of a dead spoke', () => {
  const cases: Pick<FailoverScenario, 'dying' | 'own' | 'intervalMs' | 'dead'>[] = [
    { dying: 5_000, own: 5_000, intervalMs: 30_000, dead: 'refuses' },
    { dying: 5_000, own: 5_000, intervalMs: 30_000, dead: 'hangs' },
    { dying: 5_000, own: 5_000, intervalMs: 300_000, dead: 'refuses' },
    { dying: 5_000, own: 5_000, intervalMs: 300_000, dead: 'hangs' },
    { dying: 10_000, own: 10_000, intervalMs: 300_000, dead: 'hangs' },
  ];
  for (const size of cases) {
    const { dying, own, intervalMs, dead } = size;
    it(`are served by another that has ${own}, all ${dying}, an interval of ${intervalMs / 1_000} s where it ${dead}`, () => {
      const figures = simulateFailover({ ...size, maxRate: 1_000, seed: 1 });
      expect(figures.slowestMs).to.be.at.most(intervalMs + 10_000);
      // Neither server sees more in any second than twice what all agents together ask for when nothing is wrong.
      expect(figures.checkInPeak).to.be.at.most(2);
      expect(figures.locatePeak).to.be.at.most(2);
    });
  }

  it('lose no time to a server that refuses what is too much for it', () => {
    // The move alone brings more at once than both servers take; together the agents need two thirds of the rate.
    const figures = simulateFailover({
      dying: 10_000,
      own: 10_000,
      intervalMs: 30_000,
      dead: 'refuses',
      maxRate: 1_000,
      seed: 1,
    });
    expect(figures.refused).to.be.above(1_000);
    expect(figures.slowestMs).to.be.at.most(40_000);
    expect(figures.checkInPeak).to.be.at.most(2);
    expect(figures.locatePeak).to.be.at.most(2);
  });
});
