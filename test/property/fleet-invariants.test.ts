/**
 * Random operations on a random fleet that keeps breaking, with the invariants checked after every step.
 *
 * SEED=n repeats a run; RUNS=n makes it longer. A failure prints the seed, the path and the shortest list of steps.
 */
import fc from 'fast-check';
import { checkCalm, checkInvariants } from '../support/invariants.ts';
import type { MemoryAgent } from '../support/memory-agent.ts';
import { createMemoryFleet } from '../support/memory-fleet.ts';
import { createRunLedger } from '../support/run-ledger.ts';
import { watchRuns } from '../support/run-oracle.ts';
import { checkRunsAtCalm } from '../support/runs-calm.ts';
import { settleTurns } from '../support/turns.ts';
import { anyStep, perform } from './fleet-steps.ts';

const RUNS = Number(process.env.RUNS ?? 12);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const MAX_STEPS = 30;
const SPOKES = { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'], dc3: ['*.dc3.*'] };

const duplicates = fc.constantFrom<'reject' | 'replace'>('reject', 'replace');
const manySteps = fc.array(anyStep, { minLength: 3, maxLength: MAX_STEPS, size: 'max' });

describe('the invariants of a fleet', () => {
  it(`hold after every step, whatever is done and whatever breaks (SEED=${SEED})`, async function () {
    // A fleet takes about a second on a machine that has nothing else to do.
    this.timeout(RUNS * 10_000 + 60_000);
    await fc.assert(
      fc.asyncProperty(duplicates, manySteps, async (duplicateHostname, steps) => {
        const fleet = await createMemoryFleet({ spokes: SPOKES, duplicateHostname });
        try {
          const ledger = createRunLedger(fleet);
          const oracle = watchRuns(fleet, ledger);
          const world = { fleet, agents: [] as MemoryAgent[], ledger };
          for (const step of [{ type: 'populate' } as const, ...steps]) {
            await perform(world, step);
            await settleTurns();
            await checkInvariants(fleet, world.agents);
            oracle.check();
          }
          await perform(world, { type: 'calm' });
          await checkCalm(fleet, world.agents);
          await checkRunsAtCalm(fleet, world.agents, { ledger, oracle });
        } finally {
          await fleet.close();
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
