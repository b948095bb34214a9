/** What came of a run, in a word; and the order in which its results are read. */
import { ResourceOutcome, type ResourceResult, type Run } from '../../../src/gen/vigo/v1/types_pb.js';

/** "failed" also if it could not run, or if only some resources failed. */
export function runOutcome({ error, failed, changed }: Pick<Run, 'error' | 'failed' | 'changed'>): string {
  if (error !== '' || failed > 0) return 'failed';
  return changed > 0 ? 'changed' : 'ok';
}

const FIRST_OF_ALL = [
  ResourceOutcome.FAILED,
  ResourceOutcome.CHANGED,
  ResourceOutcome.SKIPPED,
  ResourceOutcome.OK,
  ResourceOutcome.UNSPECIFIED,
];

/** What went wrong first; otherwise in the order of the run. */
export function failuresFirst(results: readonly ResourceResult[]): ResourceResult[] {
  const rank = ({ outcome }: ResourceResult) => FIRST_OF_ALL.indexOf(outcome);
  return results.toSorted((a, b) => rank(a) - rank(b));
}
