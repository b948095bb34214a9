/**
 * Who did what, and what happened by itself and mattered: one entry each, in order, none ever changed.
 *
 * Every entry carries a hash over itself and the hash of the one before, so that an entry that was edited, taken out or put
 * elsewhere no longer fits. What an operator does is noted before it is begun and becomes an entry when it has ended; what a
 * server that was killed has left behind becomes one when the next server opens the log.
 */
import { randomUUID } from 'node:crypto';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { createMutex } from '../../../platform/mutex.ts';
import type { AuditHead, AuditQuery, AuditRepository, AuditRow } from '../../store/audit-repository.ts';
import { auditHash } from './audit-hash.ts';
import { type AuditVerdict, verifyAudit } from './verify-audit.ts';

export interface AuditEvent {
  /** A user, or "hub" for what it does by itself. */
  readonly actor: string;
  /** Such as "spoke.health". */
  readonly action: string;
  /** Id of what it is about. */
  readonly subject: string;
  /** In words. */
  readonly detail: string;
  /** From where; default: the hub itself. */
  readonly origin?: string;
  /** Default "ok". */
  readonly result?: string;
  /** Host names of the first envoys that it is about; default none. */
  readonly envoys?: readonly string[];
  /** Default: as many as `envoys`. */
  readonly envoyCount?: number;
}

/** What is known of an act before it is begun. */
export type BegunAct = Required<Pick<AuditEvent, 'actor' | 'action' | 'subject' | 'detail' | 'origin'>>;

export interface AuditLog {
  /** Resolves when it is on disk. Never throws: what cannot be written is logged, and what it is about goes on. */
  record(event: AuditEvent): Promise<void>;
  /**
   * Notes an act before it is done; the function that it resolves to makes it an entry. Throws AUDIT_UNAVAILABLE if it cannot be written: what
   * leaves no trace is not done. The function never throws.
   */
  begin(act: BegunAct): Promise<(event: AuditEvent) => Promise<void>>;
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditRow[]>;
  /** Looks through all of it. */
  verify(signal: AbortSignal): Promise<AuditVerdict>;
  /** Calls `listener` after each entry; it must not throw. */
  onEntry(listener: () => void): void;
}

export interface AuditLogOptions {
  readonly repository: AuditRepository;
  /** Called for each entry, and for each that could not be written; must not throw. */
  readonly onWritten?: (written: boolean) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is beyond is cut off: reasons carry messages of peers. */
const MAX_DETAIL = 2_000;
const MAX_NAME = 500;
/** Envoys that an entry names. */
export const MAX_NAMED_ENVOYS = 20;

export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { repository, onWritten = () => {}, clock, logger } = options;
  const mutex = createMutex();
  const listeners: (() => void)[] = [];
  const newest = await repository.last();
  const noted = await repository.head();
  // What somebody has cut off the end, or put there, is not made right by going on behind it: the chain goes on from the
  // entry that was written last.
  let last: AuditHead = { seq: Math.max(newest?.seq ?? 0, noted?.seq ?? 0), hash: (noted ?? newest)?.hash ?? '' };

  const append = async (event: AuditEvent, begun?: string): Promise<void> => {
    const unhashed = rowOf(event, last.seq + 1, clock.now());
    const row = { ...unhashed, hash: auditHash(last.hash, unhashed) };
    await repository.append(row, begun);
    last = row;
    onWritten(true);
    for (const listener of listeners) listener();
  };
  /** Entries that this server has not written take no number away from those that it writes. */
  const skipForeign = async (): Promise<boolean> => {
    const seq = (await repository.last())?.seq ?? 0;
    if (seq <= last.seq) return false;
    last = { seq, hash: last.hash };
    return true;
  };
  const record = async (event: AuditEvent, begun?: string): Promise<void> => {
    try {
      await mutex.run(async () => {
        try {
          await append(event, begun);
        } catch (error) {
          if (!(await skipForeign())) throw error;
          await append(event, begun);
        }
      });
    } catch (error) {
      onWritten(false);
      logger.error({ ...event, error: messageOf(error) }, 'not written to the audit log');
    }
  };

  for (const { id, at, ...act } of await repository.begun()) {
    const when = new Date(at).toISOString();
    await record({ ...act, detail: `${act.detail}; begun ${when}, the server ended meanwhile`, result: 'UNKNOWN' }, id);
  }

  return {
    record: (event) => record(event),
    async begin(act) {
      const row = { ...act, id: randomUUID(), at: clock.now() };
      const bounded = { ...row, detail: row.detail.slice(0, MAX_DETAIL), subject: row.subject.slice(0, MAX_NAME) };
      await repository.begin(bounded).catch((error: unknown) => {
        onWritten(false);
        logger.error({ ...act, error: messageOf(error) }, 'not written to the audit log, and not done');
        const message = 'the audit log cannot be written, so nothing was done: the log of the server says why';
        throw new VigoError('AUDIT_UNAVAILABLE', message, { cause: error });
      });
      return (event) => record(event, row.id);
    },
    list: (query) => repository.list(query),
    async verify(signal) {
      const head = await mutex.run(async () => {
        await skipForeign();
        return last;
      });
      return verifyAudit(repository, head, signal);
    },
    onEntry: (listener) => void listeners.push(listener),
  };
}

function rowOf(event: AuditEvent, seq: number, at: number): Omit<AuditRow, 'hash'> {
  const { actor, action, subject, detail, origin = '', result = 'ok', envoys = [] } = event;
  const named = envoys.slice(0, MAX_NAMED_ENVOYS);
  return {
    seq,
    at,
    actor: actor.slice(0, MAX_NAME),
    action,
    subject: subject.slice(0, MAX_NAME),
    detail: detail.slice(0, MAX_DETAIL),
    origin: origin.slice(0, MAX_NAME),
    result,
    envoys: named.length > 0 ? JSON.stringify(named) : '',
    envoy_count: event.envoyCount ?? envoys.length,
  };
}
