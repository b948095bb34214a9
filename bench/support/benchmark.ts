/** What a benchmark is given and what it hands back. */
import type { Summary } from './stats.ts';

export interface BenchContext {
  /** Smaller sizes, to see that everything works. */
  readonly quick: boolean;
  /** An empty directory that is deleted afterwards. */
  readonly dir: string;
  /** What was started is stopped by this, last first, however the benchmark ends. */
  readonly cleanup: AsyncDisposableStack;
  /** A line about progress, on stderr. */
  readonly log: (text: string) => void;
}

export interface BenchRow {
  readonly what: string;
  readonly unit: string;
  readonly measured: Summary;
  /** The same work without our program, measured in the same run; absent where the figure is absolute. */
  readonly floor?: { readonly what: string; readonly value: Summary };
  /** Measured ÷ floor, round by round. */
  readonly ratio?: Summary;
  /** The figure to hold, as text; absent for rows that only explain. */
  readonly goal?: string;
  readonly met?: boolean;
}

export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  run(context: BenchContext): Promise<readonly BenchRow[]>;
}
