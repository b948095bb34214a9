/**
 * Who did what, and what happened by itself and mattered: one entry each, in order, none ever changed.
 *
 * Every entry carries a hash over itself and the hash of the one before, so that an entry that was edited, taken out or put
 * elsewhere no longer fits.
 */
import { createHash } from 'node:crypto';
import { messageOf } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { createMutex } from '../../../platform/mutex.ts';
import type { AuditQuery, AuditRepository, AuditRow } from '../../store/audit-repository.ts';

export interface AuditEvent {
  /** A user, or "hub" for what it does by itself. */
  readonly actor: string;
  /** Such as "spoke.health". */
  readonly action: string;
  /** Id of what it is about. */
  readonly subject: string;
  /** In words. */
  readonly detail: string;
}

export interface AuditLog {
  /** Resolves when it is on disk. Never throws: what cannot be written is logged, and what it is about goes on. */
  record(event: AuditEvent): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditRow[]>;
}

export interface AuditLogOptions {
  readonly repository: AuditRepository;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is beyond is cut off: reasons carry messages of peers. */
const MAX_DETAIL = 2_000;

export function auditHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  const { seq, at, actor, action, subject, detail } = row;
  return createHash('sha256')
    .update(JSON.stringify([previous, seq, at, actor, action, subject, detail]))
    .digest('hex');
}

export async function openAuditLog({ repository, clock, logger }: AuditLogOptions): Promise<AuditLog> {
  const mutex = createMutex();
  const newest = await repository.last();
  let last = { seq: newest?.seq ?? 0, hash: newest?.hash ?? '' };

  const append = async (event: AuditEvent): Promise<void> => {
    const unhashed = { ...event, detail: event.detail.slice(0, MAX_DETAIL), seq: last.seq + 1, at: clock.now() };
    const row = { ...unhashed, hash: auditHash(last.hash, unhashed) };
    await repository.append(row);
    last = row;
  };

  return {
    async record(event) {
      try {
        await mutex.run(() => append(event));
      } catch (error) {
        logger.error({ ...event, error: messageOf(error) }, 'not written to the audit log');
      }
    },
    list: (query) => repository.list(query),
  };
}
