/**
 * Counters that cost an addition: the library's own look up their labels at every increment, which a check-in should not
 * pay for. What was counted is handed to the library when somebody asks for /metrics.
 */
import { Counter, type Registry } from 'prom-client';

export interface Tally {
  /** Since the server started. */
  readonly value: number;
  /** Default 1. */
  add(by?: number): void;
}

export interface TallySpec {
  /** Ends with "_total". */
  readonly name: string;
  readonly help: string;
}

/** The values of one label, each with a counter of its own. */
export interface LabelledTallySpec<V extends string> extends TallySpec {
  readonly label: string;
  /** All there will ever be: every one is shown from the start, with 0. */
  readonly values: readonly V[];
}

export function createTally(registry: Registry, spec: TallySpec): Tally {
  const tally = newTally();
  const counter: Counter = new Counter({
    ...spec,
    registers: [registry],
    collect() {
      counter.reset();
      counter.inc(tally.value);
    },
  });
  return tally;
}

export function createTallies<V extends string>(registry: Registry, spec: LabelledTallySpec<V>): Record<V, Tally> {
  const { name, help, label, values } = spec;
  const tallies = Object.fromEntries(values.map((value) => [value, newTally()])) as Record<V, Tally>;
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      counter.reset();
      for (const value of values) counter.inc({ [label]: value }, tallies[value].value);
    },
  });
  return tallies;
}

function newTally(): Tally {
  let count = 0;
  return {
    get value() {
      return count;
    },
    add: (by = 1) => {
      count += by;
    },
  };
}
