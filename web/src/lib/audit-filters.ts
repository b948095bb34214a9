/** What the audit log shows, in the address bar. */

export interface AuditFilters {
  /** A user, or "hub"; empty for all. */
  readonly actor: string;
  /** The name of an act, or its beginning; empty for all. */
  readonly action: string;
  /** Id of a spoke, an envoy or a move; empty for all. */
  readonly subject: string;
}

const NAMES = ['actor', 'action', 'subject'] as const;

export function readAuditFilters(params: URLSearchParams): AuditFilters {
  const value = (name: string) => params.get(name)?.trim() ?? '';
  return { actor: value('actor'), action: value('action'), subject: value('subject') };
}

export function writeAuditFilters(filters: AuditFilters): URLSearchParams {
  const given = NAMES.filter((name) => filters[name].trim() !== '');
  return new URLSearchParams(given.map((name): [string, string] => [name, filters[name].trim()]));
}
