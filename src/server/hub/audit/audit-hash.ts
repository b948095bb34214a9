/** What chains the entries of the audit log. */
import { createHash } from 'node:crypto';
import type { AuditRow } from '../../store/audit-repository.ts';

/**
 * The hash of an entry, lower-case hex, over the hash of the one before and everything in it. Entries from before there were
 * results have fewer parts; an entry with a result cannot pass for one, because its hash would be another.
 */
export function auditHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  const { seq, at, actor, action, subject, detail, origin, result, envoys, envoy_count } = row;
  const early = origin === '' && result === '' && envoys === '' && envoy_count === 0;
  const parts = [previous, seq, at, actor, action, subject, detail];
  return createHash('sha256')
    .update(JSON.stringify(early ? parts : [...parts, origin, result, envoys, envoy_count]))
    .digest('hex');
}
