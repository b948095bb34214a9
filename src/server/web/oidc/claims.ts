/** From what an identity provider says about someone to a name and a role here. Pure. */
import type { OidcConfig } from '../../config/server-config.ts';
import type { OperatorRole } from '../../platform/admin-roles.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface ClaimedAccount {
  /** "oidc:" and what the provider calls them: users with tokens have no colon in their names, so neither passes for the other. */
  readonly name: string;
  /** Undefined: none. */
  readonly role: OperatorRole | undefined;
}

type Rules = Pick<OidcConfig, 'roleClaim' | 'adminValues' | 'viewerValues' | 'nameClaim'>;

// Longer ones are cut: the name stands in every line of the audit log.
const MAX_NAME = 200;

export function accountOfClaims(claims: Claims, rules: Rules): ClaimedAccount {
  const values = valuesOf(claimAt(claims, rules.roleClaim));
  const hasOne = (wanted: readonly string[]) => wanted.some((value) => values.includes(value));
  const role = hasOne(rules.adminValues) ? 'admin' : hasOne(rules.viewerValues) ? 'viewer' : undefined;
  const names = [rules.nameClaim, 'email', 'sub'].map((claim) => plainText(claimAt(claims, claim)));
  return { name: `oidc:${names.find((name) => name !== '') ?? 'unknown'}`, role };
}

/** The claim of this name; if there is none, and the name has dots, what they lead to. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** One text or a list of them; everything else is no value. */
function valuesOf(claim: unknown): string[] {
  const list: unknown[] = Array.isArray(claim) ? claim : [claim];
  return list.filter((value) => typeof value === 'string');
}

/** Without what would paint a terminal or break a line. */
function plainText(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, MAX_NAME);
}
