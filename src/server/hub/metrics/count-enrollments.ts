/** What comes of attempts to enrol. */
import type { Registry } from 'prom-client';
import { type ErrorCode, VigoError } from '../../../fleet/errors.ts';
import { createTallies } from '../../platform/metrics/tally.ts';

const ENROLLMENT_RESULTS = [
  'enrolled',
  'token',
  'request',
  'hostname_taken',
  'no_spoke',
  'spoke_unavailable',
  'license',
  'overloaded',
  'error',
] as const;
type EnrollmentResult = (typeof ENROLLMENT_RESULTS)[number];

const RESULTS: Partial<Record<ErrorCode, EnrollmentResult>> = {
  TOKEN_INVALID: 'token',
  TOKEN_EXPIRED: 'token',
  TOKEN_EXHAUSTED: 'token',
  TOKEN_REVOKED: 'token',
  INVALID_HOSTNAME: 'request',
  INVALID_CSR: 'request',
  INVALID_ARGUMENT: 'request',
  HOSTNAME_TAKEN: 'hostname_taken',
  NO_SPOKE_FOR_HOSTNAME: 'no_spoke',
  SPOKE_UNAVAILABLE: 'spoke_unavailable',
  SPOKE_NOT_ELIGIBLE: 'spoke_unavailable',
  SPOKE_NOT_FOUND: 'spoke_unavailable',
  LICENSE_EXHAUSTED: 'license',
  OVERLOADED: 'overloaded',
};

/** Around each attempt to enrol: counts what comes of it. */
export function countEnrollments(registry: Registry): <T>(attempt: () => Promise<T>) => Promise<T> {
  const tallies = createTallies(registry, {
    name: 'vigo_enrollments_total',
    help: 'Attempts to enrol an envoy: enrolled, or why not.',
    label: 'result',
    values: ENROLLMENT_RESULTS,
  });
  return async (attempt) => {
    try {
      const enrolled = await attempt();
      tallies.enrolled.add();
      return enrolled;
    } catch (error) {
      tallies[(error instanceof VigoError && RESULTS[error.code]) || 'error'].add();
      throw error;
    }
  };
}
