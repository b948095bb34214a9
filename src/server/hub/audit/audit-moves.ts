/** How each move ended, in the audit log. */
import type { MoveService } from '../moves/move-service.ts';
import type { AuditLog } from './audit-log.ts';

export function auditMoves(audit: Pick<AuditLog, 'record'>, moves: Pick<MoveService, 'onEnded' | 'get'>): void {
  moves.onEnded(({ id }) => void entry(audit, moves, id));
}

async function entry(audit: Pick<AuditLog, 'record'>, moves: Pick<MoveService, 'get'>, id: string): Promise<void> {
  // It may be beyond reading when the server stops; what was ordered is in the log, how it ended in the journal.
  const view = await moves.get(id).catch(() => undefined);
  if (!view) return;
  const { reason, state, matched, moved, failedCount } = view;
  const failed = failedCount > 0 ? `, ${failedCount} failed` : '';
  const detail = `${reason} ${state}: ${moved} of ${matched} envoys moved${failed}`;
  await audit.record({ actor: 'hub', action: 'move.ended', subject: id, detail, envoyCount: moved });
}
