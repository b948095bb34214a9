/** The part of `AdminService` that is about the audit log. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import type { AuditLog } from '../audit/audit-log.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

export function createAuditAdmin(log: Pick<AuditLog, 'list'>): Pick<ServiceImpl<typeof AdminService>, 'listAudit'> {
  return {
    async listAudit({ limit, before, subject }) {
      if (!Number.isSafeInteger(before) || before < 0)
        throw new VigoError('INVALID_ARGUMENT', `before is ${before}: expected the number of an entry`);
      const wanted = Math.min(limit || DEFAULT_LIMIT, MAX_LIMIT);
      const rows = await log.list({ limit: wanted + 1, before: before || undefined, subject: subject || undefined });
      const entries = rows.slice(0, wanted).map(({ seq, at, actor, action, subject: about, detail }) => ({
        seq,
        at: timestampFromMs(at),
        actor,
        action,
        subject: about,
        detail,
      }));
      return { entries, more: rows.length > wanted };
    },
  };
}
