/**
 * What the runs of an envoy say about it.
 *
 *   the run could not run, or all that it looked at failed  → failed
 *   some resources failed                                   → degraded
 *   nothing failed, nothing changed                         → converged
 *   nothing failed, something changed: by how many runs in a row → converged (1), relapsed (2), diverged (3 or more)
 *
 * Resources that were skipped were not looked at: "all failed" means at least one failed, none was ok and none was changed.
 *
 * The streak of runs with changes: a run with changes makes it longer, also if something else failed in it; a run that
 * looked and changed nothing ends it. A failed run has found nothing out, so that the streak stays: what was diverged
 * before a broken publish is diverged after it.
 */
import type { EnvoyDrift, RunVerdict } from './envoy-status.ts';

/** What a run found, in numbers of resources. */
export interface RunCounts {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why it could not run at all; empty if it ran. */
  readonly error: string;
}

export interface VerdictState {
  readonly verdict: RunVerdict;
  readonly drift: EnvoyDrift;
  /** Runs with changes in a row. */
  readonly changedStreak: number;
}

/** One run by itself, without those before it. */
export type RunOutcome = 'ok' | 'changed' | 'degraded' | 'failed';

/** Beyond three it says nothing more; the bound keeps it in every column and message that carries it. */
export const MAX_STREAK = 1_000_000;

const RELAPSED_AFTER = 2;
const DIVERGED_AFTER = 3;

export function runOutcome({ ok, changed, failed, error }: RunCounts): RunOutcome {
  if (error !== '') return 'failed';
  if (failed > 0) return ok + changed === 0 ? 'failed' : 'degraded';
  return changed > 0 ? 'changed' : 'ok';
}

export function nextVerdict(state: VerdictState, run: RunCounts): VerdictState {
  const outcome = runOutcome(run);
  const changedStreak = nextStreak(state.changedStreak, run, outcome);
  const verdict = outcome === 'ok' || outcome === 'changed' ? verdictOfStreak(changedStreak) : outcome;
  return { verdict, drift: run.changed > 0 ? 'changed' : 'none', changedStreak };
}

function nextStreak(streak: number, run: RunCounts, outcome: RunOutcome): number {
  if (outcome === 'failed') return streak;
  return run.changed > 0 ? Math.min(streak + 1, MAX_STREAK) : 0;
}

function verdictOfStreak(streak: number): RunVerdict {
  if (streak >= DIVERGED_AFTER) return 'diverged';
  return streak >= RELAPSED_AFTER ? 'relapsed' : 'converged';
}
