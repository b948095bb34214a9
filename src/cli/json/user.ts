/** Users in JSON output; never their tokens. */
import type { User } from '../../gen/vigo/v1/access_pb.js';
import { roleName } from './names.ts';
import { isoOf, textOrNull } from './time.ts';

export interface UserJson {
  readonly id: string;
  readonly name: string;
  /** "viewer" or "admin". */
  readonly role: string;
  readonly createdAt: string | null;
  readonly createdBy: string | null;
  /** Null: the token is good until the user is revoked. */
  readonly expiresAt: string | null;
  /** Give or take a minute; null: never. */
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export function userJson(user: User): UserJson {
  return {
    id: user.id,
    name: user.name,
    role: roleName(user.role),
    createdAt: isoOf(user.createdAt),
    createdBy: textOrNull(user.createdBy),
    expiresAt: isoOf(user.expiresAt),
    lastUsedAt: isoOf(user.lastUsedAt),
    revokedAt: isoOf(user.revokedAt),
  };
}
