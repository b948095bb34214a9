/** What a run has done and looked at, in numbers. */
import { describeStep, type Step } from './step.ts';

export interface Tally {
  /** Something was checked so many more times. */
  checked(what: string, times?: number): void;
  /** The highest value of something that was measured. */
  highest(what: string, value: number): void;
  injected(step: Step): void;
  readonly checks: ReadonlyMap<string, number>;
  readonly heights: ReadonlyMap<string, number>;
  /** By kind: how often, and whom or what it struck. */
  readonly faults: ReadonlyMap<string, { count: number; readonly struck: Map<string, number> }>;
}

export function createTally(): Tally {
  const checks = new Map<string, number>();
  const heights = new Map<string, number>();
  const faults = new Map<string, { count: number; struck: Map<string, number> }>();
  return {
    checks,
    heights,
    faults,
    checked: (what, times = 1) => void checks.set(what, (checks.get(what) ?? 0) + times),
    highest: (what, value) => void heights.set(what, Math.max(heights.get(what) ?? 0, value)),
    injected(step) {
      const entry = faults.get(step.kind) ?? { count: 0, struck: new Map<string, number>() };
      faults.set(step.kind, entry);
      entry.count++;
      const [name, times] = struckBy(step);
      entry.struck.set(name, (entry.struck.get(name) ?? 0) + times);
    },
  };
}

/** Name, and how many of that name. */
function struckBy(step: Step): [string, number] {
  if ('server' in step) return [step.server, 1];
  if ('link' in step) return [step.link, 1];
  if ('agents' in step) return ['agents', step.agents.length];
  if ('point' in step) return [step.point, 1];
  if ('from' in step) return [step.from, 1];
  if ('to' in step) return [`to ${step.to}`, 1];
  if ('spoke' in step) return [step.spoke, 1];
  return [describeStep({ kind: step.kind } as Step), 1];
}
