/**
 * A fleet under chaos, for as long as a suite may take; `npm run chaos -- --steps 500` is the same for longer.
 *
 * CHAOS_SEED=n repeats a run. A failure prints the seed, the plan and what was seen.
 */
import { expect } from 'chai';
import { runChaos } from './chaos.ts';
import { chooseSeed } from './choose-seed.ts';
import { planText } from './report.ts';

const SEED = chooseSeed(undefined);
const STEPS = 30;
const AGENTS = 30;

describe('a fleet under chaos', () => {
  it(`keeps its invariants, and all is well in the end (CHAOS_SEED=${SEED})`, async function () {
    // Mostly less than two minutes; on a machine that does other things as well, the waits at the end may add up.
    this.timeout(900_000);
    const result = await runChaos({ seed: SEED, steps: STEPS, agents: AGENTS, log: () => undefined });
    const wrong = result.violations.map(({ during, what, evidence }) => `during ${during}: ${what}\n  ${evidence}`);
    const replay = `CHAOS_SEED=${SEED} npm run chaos -- --steps ${STEPS} --agents ${AGENTS}`;
    if (wrong.length > 0) console.error(`${replay}\nlogs and data: ${result.evidence}\n${planText(result)}`);
    expect(wrong, replay).to.deep.equal([]);
    expect(result.tally.checks.get('lists (I7, I8)')).to.be.greaterThan(STEPS);
    expect(result.tally.heights.get('runs acknowledged')).to.be.greaterThan(AGENTS);
  });
});
