/** A move as people see it: the journal row with its progress. */
import type { MoveReason } from '../../../fleet/move-plan.ts';
import type { MoveRepository, MoveRow } from '../../store/move-repository.ts';
import type { NoticeRepository } from '../../store/notice-repository.ts';

/** So many excluded envoys are named; the counts are complete. */
export const MAX_NAMED = 100;

export interface ExcludedEnvoy {
  readonly id: string;
  readonly hostname: string;
  readonly reason: string;
}

export interface MoveView {
  /** Empty for a plan that was not carried out. */
  readonly id: string;
  readonly state: MoveRow['state'];
  readonly reason: MoveReason;
  readonly matched: number;
  readonly moved: number;
  readonly skipped: readonly ExcludedEnvoy[];
  readonly skippedCount: number;
  readonly failed: readonly ExcludedEnvoy[];
  readonly failedCount: number;
  readonly legs: readonly { readonly from: string; readonly to: string; readonly envoys: number }[];
  readonly dryRun: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly actor: string;
  readonly comment: string;
  readonly releasesPending: number;
}

export async function readMove(
  repositories: { moves: MoveRepository; notices: NoticeRepository },
  row: MoveRow,
): Promise<MoveView> {
  const { moves, notices } = repositories;
  const progress = await moves.progress(row.id);
  const failed = progress.failed + progress.cancelled > 0 ? await moves.failedItems(row.id, MAX_NAMED) : [];
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    matched: row.matched,
    moved: progress.moved,
    skipped: JSON.parse(row.skipped) as ExcludedEnvoy[],
    skippedCount: row.skipped_count,
    failed: failed.map((item) => ({ id: item.envoy_id, hostname: item.hostname, reason: item.error ?? item.state })),
    failedCount: progress.failed + progress.cancelled,
    legs: await moves.legs(row.id),
    dryRun: false,
    startedAt: Number(row.started_at),
    endedAt: row.ended_at === null ? undefined : Number(row.ended_at),
    actor: row.actor,
    comment: row.comment,
    releasesPending: await notices.pendingOfMove(row.id),
  };
}
