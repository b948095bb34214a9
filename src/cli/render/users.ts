/** Users for people. */
import type { UserJson } from '../json/user.ts';
import type { Column } from './table-layout.ts';
import { relative } from './time.ts';

/** `now`: milliseconds since 1970 UTC, for ages. */
export function userColumns(now: number): Column<UserJson>[] {
  return [
    { title: 'NAME', value: (user) => user.name, expendable: 0, min: 8 },
    { title: 'ROLE', value: (user) => user.role },
    { title: 'STATE', value: (user) => stateOf(user, now), expendable: 1 },
    { title: 'EXPIRES', value: (user) => relative(user.expiresAt, now), expendable: 2 },
    { title: 'LAST USED', value: (user) => relative(user.lastUsedAt, now), expendable: 3 },
    { title: 'BY', value: (user) => user.createdBy ?? '-', expendable: 4, min: 6 },
    { title: 'ID', value: (user) => user.id, expendable: 5, min: 8 },
  ];
}

function stateOf(user: UserJson, now: number): string {
  if (user.revokedAt !== null) return 'revoked';
  return user.expiresAt !== null && Date.parse(user.expiresAt) <= now ? 'expired' : 'usable';
}
