/** Whether an enrolment token or a user's token can still be used. */
import type { User } from '../../../src/gen/vigo/v1/access_pb.js';
import type { EnrollmentToken } from '../../../src/gen/vigo/v1/admin_pb.js';
import { millis } from './times.ts';

const isPast = (at: number | null, now: number): boolean => at !== null && at <= now;

/** "usable", "revoked", "used up" or "expired". `now` in milliseconds since 1970 UTC. */
export function tokenState(token: Pick<EnrollmentToken, 'revokedAt' | 'usesLeft' | 'expiresAt'>, now: number): string {
  if (token.revokedAt) return 'revoked';
  if (token.usesLeft === 0) return 'used up';
  return isPast(millis(token.expiresAt), now) ? 'expired' : 'usable';
}

/** "active", "revoked" or "expired". */
export function userState(user: Pick<User, 'revokedAt' | 'expiresAt'>, now: number): string {
  if (user.revokedAt) return 'revoked';
  return isPast(millis(user.expiresAt), now) ? 'expired' : 'active';
}
