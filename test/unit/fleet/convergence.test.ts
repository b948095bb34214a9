import { expect } from 'chai';
import fc from 'fast-check';
import {
  MAX_STREAK,
  nextVerdict,
  type RunCounts,
  runOutcome,
  type VerdictState,
} from '../../../src/fleet/convergence.ts';

const NEVER: VerdictState = { verdict: 'no_data', drift: 'none', changedStreak: 0 };
const counts = (more: Partial<RunCounts> = {}): RunCounts => ({
  ok: 0,
  changed: 0,
  failed: 0,
  skipped: 0,
  error: '',
  ...more,
});

/** c: clean, +: changes, d: some failed, D: some failed and some changed, x: all failed, !: could not run. */
const RUNS: Record<string, RunCounts> = {
  c: counts({ ok: 3 }),
  '+': counts({ ok: 2, changed: 1 }),
  d: counts({ ok: 2, failed: 1 }),
  D: counts({ ok: 1, changed: 1, failed: 1 }),
  x: counts({ failed: 2, skipped: 4 }),
  '!': counts({ error: 'the bundle cannot be read' }),
};
const after = (history: string) => [...history].reduce((state, run) => nextVerdict(state, RUNS[run]!), NEVER);

describe('the verdict over runs', () => {
  const table: [history: string, verdict: string, drift: string][] = [
    ['', 'no_data', 'none'],
    ['c', 'converged', 'none'],
    ['+', 'converged', 'changed'],
    ['c+', 'converged', 'changed'],
    ['++', 'relapsed', 'changed'],
    ['c++', 'relapsed', 'changed'],
    ['+++', 'diverged', 'changed'],
    ['++++++', 'diverged', 'changed'],
    ['+++c', 'converged', 'none'],
    ['+++c+', 'converged', 'changed'],
    ['d', 'degraded', 'none'],
    ['D', 'degraded', 'changed'],
    ['x', 'failed', 'none'],
    ['!', 'failed', 'none'],
    ['d+', 'converged', 'changed'],
    ['+d+', 'converged', 'changed'],
    ['+D+', 'diverged', 'changed'],
    ['DD', 'degraded', 'changed'],
    ['DD+', 'diverged', 'changed'],
    ['++x', 'failed', 'none'],
    ['++x+', 'diverged', 'changed'],
    ['++!!+', 'diverged', 'changed'],
    ['++!c', 'converged', 'none'],
    ['!+', 'converged', 'changed'],
  ];
  for (const [history, verdict, drift] of table) {
    it(`after ${history || 'nothing'} is ${verdict}, drift ${drift}`, () => {
      expect(after(history)).to.include({ verdict, drift });
    });
  }

  it('counts the runs with changes since the last one that looked and changed nothing, whatever failed in between', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.keys(RUNS)), { maxLength: 40 }), (runs) => {
        const looked = runs.filter((run) => run !== 'x' && run !== '!');
        const quiet = looked.findLastIndex((run) => run === 'c' || run === 'd');
        const streak = looked.length - 1 - quiet;
        const state = after(runs.join(''));
        expect(state.changedStreak).to.equal(streak);
        const last = runs.at(-1);
        if (last === 'c') expect(state.verdict).to.equal('converged');
        if (last === '+') expect(state.verdict).to.equal(['', 'converged', 'relapsed'][streak] ?? 'diverged');
      }),
    );
  });

  it('is the same whatever the verdict before was called: only the streak is remembered', () => {
    const before = fc.constantFrom('converged', 'relapsed', 'diverged', 'degraded', 'failed', 'no_data');
    const drift = fc.constantFrom('none', 'changed');
    const run = fc.constantFrom(...Object.values(RUNS));
    fc.assert(
      fc.property(before, drift, fc.nat({ max: 9 }), run, (verdict, old, changedStreak, next) => {
        const state = { verdict, drift: old, changedStreak } as VerdictState;
        expect(nextVerdict(state, next)).to.deep.equal(nextVerdict({ ...NEVER, changedStreak }, next));
      }),
    );
  });

  it('holds a streak of any length', () => {
    const state: VerdictState = { verdict: 'diverged', drift: 'changed', changedStreak: MAX_STREAK };
    expect(nextVerdict(state, RUNS['+']!)).to.deep.equal(state);
  });
});

describe('the outcome of one run', () => {
  const table: [RunCounts, string][] = [
    [counts(), 'ok'],
    [counts({ ok: 1 }), 'ok'],
    [counts({ skipped: 1 }), 'ok'],
    [counts({ ok: 1, changed: 1 }), 'changed'],
    [counts({ changed: 1 }), 'changed'],
    [counts({ ok: 1, failed: 1 }), 'degraded'],
    [counts({ changed: 1, failed: 5, skipped: 9 }), 'degraded'],
    [counts({ failed: 1 }), 'failed'],
    [counts({ failed: 1, skipped: 9 }), 'failed'],
    [counts({ error: 'no bundle' }), 'failed'],
    [counts({ ok: 9, error: 'killed' }), 'failed'],
  ];
  for (const [run, outcome] of table) {
    it(`with ${JSON.stringify(run)} is ${outcome}`, () => {
      expect(runOutcome(run)).to.equal(outcome);
    });
  }
});
