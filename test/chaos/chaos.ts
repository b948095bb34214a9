/**
 * One run: a fleet of real processes, a plan made from a seed, watchers that look all the time, and an end in which all must be
 * well again. The sequence of faults is the same for the same seed; what the processes make of it takes its own time.
 */
import { messageOf } from '../../src/fleet/errors.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { openFleetRecords } from '../support/fleet-records.ts';
import { type ChaosFleet, startChaosFleet } from './fleet/chaos-fleet.ts';
import { createOrders } from './orders.ts';
import { performStep, type Stage } from './perform.ts';
import { type PlannedStep, planSteps } from './plan.ts';
import { createPublishing, type Publishing } from './publishing.ts';
import { settle } from './settle.ts';
import { describeStep, SPOKES } from './step.ts';
import { createTally, type Tally } from './tally.ts';
import { createViolations, type Violation, type Violations } from './violations.ts';
import { watchFleet } from './watch/watch-fleet.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly steps: number;
  readonly agents: number;
  /** What goes on, in words. */
  readonly log: (text: string) => void;
}

export interface ChaosResult extends Pick<ChaosOptions, 'seed' | 'steps' | 'agents'> {
  readonly tally: Tally;
  readonly violations: readonly Violation[];
  /** The whole run, milliseconds. */
  readonly tookMs: number;
  /** Logs and data of the fleet, kept because something was wrong; undefined otherwise. */
  readonly evidence: string | undefined;
}

/** Never throws for what goes wrong in the fleet: that is a violation. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const begun = systemClock.monotonic();
  let now = 'starting';
  const violations = createViolations(() => now);
  violations.onAdd(({ during, what, evidence }) => options.log(`VIOLATION during ${during}: ${what}\n  ${evidence}`));
  const tally = createTally();
  let publishing: Publishing | undefined;
  const fleet = await startChaosFleet({
    agents: options.agents,
    violations,
    log: options.log,
    prepare: async (admin) => {
      publishing = createPublishing(admin);
      await publishing.publish('the beginning');
    },
  });
  try {
    const stage = {
      fleet,
      orders: createOrders(fleet, violations, tally),
      publishing: publishing as Publishing,
      tally,
    };
    await carryOut(options, stage, violations, tally, (what) => {
      now = what;
    });
    now = 'stopping';
    await fleet.stop();
  } catch (error) {
    violations.add(`could not go on: ${messageOf(error)}`, error instanceof Error ? error.stack : '');
  } finally {
    await fleet.close(violations.all.length > 0);
  }
  const { seed, steps, agents } = options;
  const evidence = violations.all.length > 0 ? fleet.dir : undefined;
  return { seed, steps, agents, tally, violations: violations.all, tookMs: systemClock.monotonic() - begun, evidence };
}

async function carryOut(
  options: ChaosOptions,
  stage: Stage,
  violations: Violations,
  tally: Tally,
  setNow: (what: string) => void,
): Promise<void> {
  const { fleet } = stage;
  const records = openRecords(fleet);
  const watched = { fleet, records, violations, tally };
  const watch = watchFleet(watched);
  try {
    for (const planned of planSteps(options)) {
      const what = describePlanned(planned);
      setNow(what);
      options.log(what);
      tally.injected(planned.step);
      await withinTime(performStep(stage, planned.step)).catch((error: unknown) =>
        violations.add(`step failed: ${planned.step.kind}`, messageOf(error)),
      );
      await sleep(systemClock, planned.pauseMs);
    }
    setNow('settling');
    options.log('mending everything, and waiting until all is well');
    await settle(stage, watched, watch);
  } finally {
    await watch.stop();
    records.close();
  }
}

/** No step may hold up the run: the longest waits for a process to stop, and for the next one to start. */
const STEP_MS = 150_000;

async function withinTime(step: Promise<void>): Promise<void> {
  const late = sleep(systemClock, STEP_MS).then((): never => {
    throw new Error(`it has not ended within ${STEP_MS} ms`);
  });
  await Promise.race([step, late]);
}

function openRecords(fleet: ChaosFleet) {
  const disk = (id: 'hub' | (typeof SPOKES)[number]) => ({ id, databaseFile: fleet.server(id).databaseFile });
  return openFleetRecords(disk('hub'), SPOKES.map(disk));
}

/** "12 kill dc1" */
const describePlanned = ({ number, step }: PlannedStep): string => `${number} ${describeStep(step)}`;
