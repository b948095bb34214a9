/** Entries of the audit log in JSON output. */
import type { AuditEntry, ListAuditResponse, VerifyAuditResponse } from '../../gen/vigo/v1/admin_pb.js';
import { isoOf, textOrNull } from './time.ts';

export interface AuditEntryJson {
  readonly seq: number;
  readonly at: string | null;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  /** From where; null for what the hub does by itself. */
  readonly origin: string | null;
  /** "ok", or the code of an error. */
  readonly result: string;
  /** Host names of the first. */
  readonly envoys: readonly string[];
  readonly envoyCount: number;
  readonly hash: string;
}

export interface AuditJson {
  /** Newest first. */
  readonly entries: readonly AuditEntryJson[];
  /** For `--before`, to go on; null if there is nothing more. */
  readonly nextBefore: number | null;
}

function entryJson(entry: AuditEntry): AuditEntryJson {
  const { seq, at, actor, action, subject, detail, origin, result, envoys, envoyCount, hash } = entry;
  return {
    seq,
    at: isoOf(at),
    actor,
    action,
    subject,
    detail,
    origin: textOrNull(origin),
    result,
    envoys,
    envoyCount,
    hash,
  };
}

export function auditJson({ entries, more }: ListAuditResponse): AuditJson {
  return { entries: entries.map(entryJson), nextBefore: more ? (entries.at(-1)?.seq ?? null) : null };
}

export interface AuditVerdictJson {
  readonly intact: boolean;
  readonly entries: number;
  /** Number of the first entry that does not fit; null if all do. */
  readonly firstBad: number | null;
  readonly problem: string | null;
  /** Hash of the newest entry; null if there is none. */
  readonly head: string | null;
}

export function auditVerdictJson({ intact, entries, firstBad, problem, head }: VerifyAuditResponse): AuditVerdictJson {
  return { intact, entries, firstBad: firstBad || null, problem: textOrNull(problem), head: textOrNull(head) };
}
