import { expect } from 'chai';
import fc from 'fast-check';
import { planSteps } from '../../chaos/plan.ts';
import { SERVERS, type Step } from '../../chaos/step.ts';

const AGENTS = 30;

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    const plan = (seed: number) => planSteps({ seed, steps: 200, agents: AGENTS });
    expect(plan(7)).to.deep.equal(plan(7));
    expect(plan(7)).not.to.deep.equal(plan(8));
  });

  it('of more steps begins like one of fewer', () => {
    const long = planSteps({ seed: 7, steps: 500, agents: AGENTS });
    expect(long.slice(0, 40)).to.deep.equal(planSteps({ seed: 7, steps: 40, agents: AGENTS }));
  });

  it('contains every kind of fault, sooner or later', () => {
    const kinds = new Set(planSteps({ seed: 1, steps: 1_000, agents: AGENTS }).map(({ step }) => step.kind));
    expect(kinds).to.include.all.keys([
      'kill',
      'pause',
      'restart',
      'crash',
      'fill-disk',
      'refuse',
      'black-hole',
      'delay',
    ]);
    expect(kinds).to.include.all.keys(['reset', 'kill-agents', 'pause-agents', 'restart-agents']);
    expect(kinds).to.include.all.keys(['publish', 'reassign', 'drain', 'uncordon', 'rebalance', 'cancel']);
  });

  it('breaks no server that is broken, mends none that is whole, and leaves two of four alone', () => {
    const breaks = new Set<Step['kind']>(['kill', 'pause', 'crash', 'fill-disk']);
    const mends = new Set<Step['kind']>(['start', 'resume', 'free-disk']);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const broken = new Set<string>();
        for (const { step } of planSteps({ seed, steps: 200, agents: AGENTS })) {
          const server = step.kind === 'crash' ? 'hub' : 'server' in step ? step.server : undefined;
          if (server === undefined) continue;
          expect(broken.has(server), `${step.kind} ${server}`).to.equal(mends.has(step.kind));
          if (breaks.has(step.kind)) broken.add(server);
          if (mends.has(step.kind)) broken.delete(server);
          expect(broken.size).to.be.at.most(SERVERS.length / 2);
        }
      }),
      { numRuns: 50 },
    );
  });
});
