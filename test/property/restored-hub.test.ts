/**
 * Random histories in which the hub's database is put back as it was some time before, while spokes may be down or be told to die.
 *
 * SEED=n repeats a run; RUNS=n makes it longer.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { backUpHub } from '../support/hub-backup.ts';
import { checkCalm, checkInvariants } from '../support/invariants.ts';
import type { MemoryAgent } from '../support/memory-agent.ts';
import { createMemoryFleet } from '../support/memory-fleet.ts';
import { createRunLedger } from '../support/run-ledger.ts';
import { settleTurns } from '../support/turns.ts';
import { anyStep, perform, type Step } from './fleet-steps.ts';

const RUNS = Number(process.env.RUNS ?? 8);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const SPOKES = { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'], dc3: ['*.dc3.*'] };

const duplicates = fc.constantFrom<'reject' | 'replace'>('reject', 'replace');
const steps = (maxLength: number) => fc.array(anyStep, { maxLength, size: 'max' });

/** Who is revoked afterwards is gone for another reason. */
const revokes = (step: Step): boolean =>
  step.type === 'revoke' || (step.type === 'together' && step.steps.some(revokes));

describe('a fleet whose hub is restored', () => {
  it(`ends with one owner for everyone, whatever happened before, since and meanwhile (SEED=${SEED})`, async function () {
    this.timeout(RUNS * 15_000 + 60_000);
    await fc.assert(
      fc.asyncProperty(duplicates, steps(8), steps(15), steps(10), async (duplicateHostname, before, since, after) => {
        const fleet = await createMemoryFleet({ spokes: SPOKES, duplicateHostname });
        const agents: MemoryAgent[] = [];
        const world = { fleet, agents, ledger: createRunLedger(fleet) };
        const all = async (list: typeof before) => {
          for (const step of list) {
            await perform(world, step);
            await settleTurns();
          }
        };
        try {
          await all([{ type: 'populate' }, ...before]);
          const backup = await backUpHub(fleet);
          await all(since);
          const living = [...fleet.records.active().keys()];
          const buried = fleet.spokes.flatMap(({ id }) =>
            [...fleet.records.tombstones(id).values()].flatMap((row) => (row.kind === 'revoked' ? [row.id] : [])),
          );
          await backup.restore();
          await all(after.filter((step) => !revokes(step)));
          // Twice: what has been looked into in vain is looked into by the next hub.
          await perform(world, { type: 'calm' });
          await perform(world, { type: 'calm' });
          expect((await fleet.hub.admin.getSpannerStatus({})).restoration, 'all are reconciled').to.equal(undefined);
          await checkInvariants(fleet, agents);
          await checkCalm(fleet, agents);
          const active = fleet.records.active();
          for (const id of buried) expect(active.has(id), `${id} was revoked`).to.equal(false);
          const names = new Map(fleet.records.placements().map((row) => [row.id, row.hostname]));
          const taken = new Set([...active.values()].map((row) => row.hostname));
          // Who is not there any more was replaced by a later enrolment of its name, or never confirmed by its spoke.
          for (const id of living)
            expect(active.has(id) || taken.has(names.get(id) ?? ''), `${id} lives, or another of its name`).to.equal(
              true,
            );
        } finally {
          await fleet.close();
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
