/** Looks through the audit log for entries that do not fit: edited, taken out, put elsewhere, or cut off the end. */
import type { AuditHead, AuditRepository, AuditRow } from '../../store/audit-repository.ts';
import { auditHash } from './audit-hash.ts';

/** Entries read at once. */
const BATCH = 1_000;

export interface AuditVerdict {
  /** Entries that were looked at. */
  readonly entries: number;
  /** The first entry that does not fit; undefined if all do. */
  readonly bad: { readonly seq: number; readonly problem: string } | undefined;
  /** Hash of the newest entry; empty if there is none. */
  readonly head: string;
}

/** `head`: the newest entry when this was asked; what was written since is not looked at. */
export async function verifyAudit(
  repository: Pick<AuditRepository, 'after'>,
  head: AuditHead,
  signal?: AbortSignal,
): Promise<AuditVerdict> {
  let before: AuditHead = { seq: 0, hash: '' };
  let entries = 0;
  const verdict = (bad: AuditVerdict['bad']): AuditVerdict => ({ entries, bad, head: head.hash });
  // From before the first number on: an entry may have been given any.
  for (let read = Number.MIN_SAFE_INTEGER; before.seq < head.seq; ) {
    signal?.throwIfAborted();
    const rows = await repository.after(read, BATCH);
    for (const row of rows) {
      entries++;
      const problem = problemOf(before, row);
      if (problem) return verdict({ seq: row.seq, problem });
      before = row;
      if (row.seq === head.seq) break;
    }
    const last = rows.at(-1);
    if (!last) return verdict({ seq: before.seq + 1, problem: missing(before.seq + 1, head.seq) });
    read = last.seq;
  }
  if (before.hash !== head.hash)
    return verdict({ seq: head.seq, problem: `entry ${head.seq} is not the one that was written last` });
  return verdict(undefined);
}

function problemOf(before: AuditHead, row: AuditRow): string | undefined {
  const expected = before.seq + 1;
  if (row.seq < 1) return `entry ${row.seq} has a number that was never given`;
  if (row.seq !== expected) return missing(expected, row.seq - 1);
  if (row.hash === auditHash(before.hash, row)) return undefined;
  return `entry ${row.seq} is not as it was written, or does not belong behind entry ${before.seq}`;
}

const missing = (from: number, to: number): string =>
  from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`;
