/** The part of `AdminService` that is about the audit log. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { AdminService, AuditEntrySchema } from '../../../gen/vigo/v1/admin_pb.js';
import type { AuditRow } from '../../store/audit-repository.ts';
import type { AuditLog } from '../audit/audit-log.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

type Methods = 'listAudit' | 'verifyAudit';

export function createAuditAdmin(
  log: Pick<AuditLog, 'list' | 'verify'>,
): Pick<ServiceImpl<typeof AdminService>, Methods> {
  return {
    async listAudit({ limit, before, subject, actor, action }) {
      if (!Number.isSafeInteger(before) || before < 0)
        throw new VigoError('INVALID_ARGUMENT', `before is ${before}: expected the number of an entry`);
      const wanted = Math.min(limit || DEFAULT_LIMIT, MAX_LIMIT);
      const rows = await log.list({
        limit: wanted + 1,
        before: before || undefined,
        subject: subject || undefined,
        actor: actor || undefined,
        action: action || undefined,
      });
      return { entries: rows.slice(0, wanted).map(entryMessage), more: rows.length > wanted };
    },
    async verifyAudit(_request, context) {
      const { entries, bad, head } = await log.verify(context.signal);
      return { intact: !bad, entries, firstBad: bad?.seq ?? 0, problem: bad?.problem ?? '', head };
    },
  };
}

function entryMessage(row: AuditRow): MessageInitShape<typeof AuditEntrySchema> {
  const { seq, at, actor, action, subject, detail, origin, result, envoys, envoy_count: envoyCount, hash } = row;
  return {
    seq,
    at: timestampFromMs(at),
    actor,
    action,
    subject,
    detail,
    origin,
    // Before there were results, only what had been done was written down.
    result: result || 'ok',
    envoys: envoys ? (JSON.parse(envoys) as string[]) : [],
    envoyCount,
    hash,
  };
}
