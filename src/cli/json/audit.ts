/** Entries of the audit log in JSON output. */
import type { AuditEntry, ListAuditResponse } from '../../gen/vigo/v1/admin_pb.js';
import { isoOf } from './time.ts';

export interface AuditEntryJson {
  readonly seq: number;
  readonly at: string | null;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
}

export interface AuditJson {
  /** Newest first. */
  readonly entries: readonly AuditEntryJson[];
  /** For `--before`, to go on; null if there is nothing more. */
  readonly nextBefore: number | null;
}

const entryJson = ({ seq, at, actor, action, subject, detail }: AuditEntry): AuditEntryJson => ({
  seq,
  at: isoOf(at),
  actor,
  action,
  subject,
  detail,
});

export function auditJson({ entries, more }: ListAuditResponse): AuditJson {
  return { entries: entries.map(entryJson), nextBefore: more ? (entries.at(-1)?.seq ?? null) : null };
}
