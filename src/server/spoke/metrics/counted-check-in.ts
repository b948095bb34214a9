/** Counts what comes of check-ins. */
import { type ErrorCode, VigoError } from '../../../fleet/errors.ts';
import type { CheckInAnswer } from '../check-in.ts';
import type { PartitionMetrics, RefusalReason } from './partition-metrics.ts';

const REASONS: Partial<Record<ErrorCode, RefusalReason>> = {
  OVERLOADED: 'overloaded',
  NOT_SERVED_HERE: 'not_served_here',
  IDENTITY_UNKNOWN: 'unknown',
  IDENTITY_REVOKED: 'revoked',
  UNAUTHENTICATED: 'not_allowed',
  PERMISSION_DENIED: 'not_allowed',
  INVALID_ARGUMENT: 'invalid',
};

type CountedIn = Pick<PartitionMetrics, 'checkIns' | 'refusals'>;

/** `checkIn` with its gate. */
export function countedCheckIn<A extends unknown[]>(
  { checkIns, refusals }: CountedIn,
  checkIn: (...call: A) => CheckInAnswer,
): (...call: A) => CheckInAnswer {
  return (...call) => {
    try {
      const answer = checkIn(...call);
      (answer.redirect ? checkIns.redirected : checkIns.served).add();
      return answer;
    } catch (error) {
      checkIns.refused.add();
      refusals[reasonOf(error)].add();
      throw error;
    }
  };
}

const reasonOf = (error: unknown): RefusalReason => (error instanceof VigoError && REASONS[error.code]) || 'error';
