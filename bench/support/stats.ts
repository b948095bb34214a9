/** Medians with their spread: on a shared machine a mean says more about the neighbours than about the program. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws when there is nothing to summarise. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] as number;
  if (sorted.length === 0) throw new Error('no values were measured');
  const middle = sorted.length >>> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** Round by round: what was measured together is compared with one another. */
export function ratios(values: readonly number[], floors: readonly number[]): Summary {
  return summarize(values.map((value, round) => value / (floors[round] as number)));
}
