/**
 * A process that a test can kill between any two of its steps. A step is a statement to its database or a call to another
 * process: whatever the process has done is done, and from then on nothing that it began has an effect.
 */
import type { KyselyPlugin } from 'kysely';
import type { Clock } from '../../src/platform/clock.ts';
import type { Database } from '../../src/server/store/database.ts';

export interface KillSwitch {
  readonly dead: boolean;
  /** Steps taken so far. */
  readonly steps: number;
  kill(): void;
  /** Dies in place of the n-th step from now: 1 is the next. */
  killAtStep(n: number): void;
  /** Throws if the process is dead. */
  step(): void;
  /** Its view of time: timers of a dead process do not fire. */
  clock(clock: Clock): Clock;
  /** Its view of a database: each statement is a step. `onStatement` sees its kind, such as "UpdateQueryNode", and may throw. */
  database(database: Database, onStatement?: (kind: string) => void): Database;
}

export function createKillSwitch(): KillSwitch {
  let dead = false;
  let steps = 0;
  let lastStep = Number.POSITIVE_INFINITY;
  const step = (): void => {
    if (!dead) steps++;
    if (steps >= lastStep) dead = true;
    if (dead) throw new Error('the process was killed');
  };
  return {
    get dead() {
      return dead;
    },
    get steps() {
      return steps;
    },
    kill() {
      dead = true;
    },
    killAtStep(n) {
      lastStep = steps + n;
    },
    step,
    clock: (clock) => ({
      ...clock,
      after: (ms, fn) => clock.after(ms, () => dead || fn()),
    }),
    database: (database, onStatement) => database.withPlugin(stepPlugin(step, onStatement)),
  };
}

function stepPlugin(step: () => void, onStatement: ((kind: string) => void) | undefined): KyselyPlugin {
  return {
    transformQuery({ node }) {
      step();
      onStatement?.(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
}
