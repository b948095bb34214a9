/** Enrolment tokens in JSON output; never their secrets. */
import type { EnrollmentToken } from '../../gen/vigo/v1/admin_pb.js';
import { isoOf, textOrNull } from './time.ts';

export interface EnrollmentTokenJson {
  readonly id: string;
  readonly uses: number;
  readonly usesLeft: number;
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly comment: string | null;
  readonly createdBy: string | null;
}

/** A token at the moment it is made: the only time that its secret is seen. */
export interface NewTokenJson {
  readonly token: string;
  readonly expiresAt: string | null;
}

export function enrollmentTokenJson(token: EnrollmentToken): EnrollmentTokenJson {
  return {
    id: token.id,
    uses: token.uses,
    usesLeft: token.usesLeft,
    createdAt: isoOf(token.createdAt),
    expiresAt: isoOf(token.expiresAt),
    revokedAt: isoOf(token.revokedAt),
    comment: textOrNull(token.comment),
    createdBy: textOrNull(token.createdBy),
  };
}
