/**
 * Carries out a planned move, batch by batch, until nothing is open.
 *
 * The journal is the only state: whoever runs a move, now or after a crash, goes on with the items that are still open.
 */
import { backoff } from '../../../fleet/checkin-schedule.ts';
import { isDown } from '../../../fleet/spoke-health.ts';
import { sleep } from '../../../platform/clock.ts';
import type { MoveItem, MoveRow } from '../../store/move-repository.ts';
import { failureOf } from '../partition-links.ts';
import { giveUp, type TransferOptions, transferBatch } from './transfer.ts';

/** The limit of `Adopt`. */
const MAX_BATCH = 1_000;
/** A target gets about five seconds to come back before its envoys are left where they are. */
const ATTEMPTS = 6;
const RETRY = { baseMs: 200, capMs: 2_000 };

export interface RunOptions extends TransferOptions {
  /** Called whenever the journal of the move has changed. */
  readonly onProgress: (moveId: string) => void;
}

/**
 * `cancel` aborts the move: open items are left where they are. `stop` ends the process: open items stay open.
 * Resolves when nothing is open, or when `stop` has aborted.
 */
export async function runMove(
  options: RunOptions,
  move: MoveRow,
  cancel: AbortSignal,
  stop: AbortSignal,
): Promise<void> {
  const { moves, clock } = options;
  const signal = AbortSignal.any([cancel, stop]);
  const batchSize = move.max_rate > 0 ? Math.min(move.max_rate, MAX_BATCH) : MAX_BATCH;
  while (!signal.aborted) {
    const batch = sameLeg(await moves.openItems(move.id, batchSize));
    if (batch.length === 0) return;
    const begun = clock.monotonic();
    await transferWithRetry(options, move, batch, signal);
    options.onProgress(move.id);
    if (move.max_rate > 0)
      await sleep(clock, (batch.length / move.max_rate) * 1000 - (clock.monotonic() - begun), signal);
  }
  if (stop.aborted) return;
  const open = await moves.openItems(move.id);
  await giveUp(
    options,
    open.map((item) => ({ item, state: 'cancelled', error: 'the move was cancelled' })),
  );
}

/** The longest beginning with one source and one target. */
function sameLeg(items: readonly MoveItem[]): MoveItem[] {
  const first = items[0];
  const other = items.findIndex((item) => item.from_spoke !== first?.from_spoke || item.to_spoke !== first?.to_spoke);
  return other < 0 ? [...items] : items.slice(0, other);
}

async function transferWithRetry(
  options: RunOptions,
  move: MoveRow,
  batch: readonly MoveItem[],
  signal: AbortSignal,
): Promise<void> {
  const { moves, clock, logger } = options;
  const target = (batch[0] as MoveItem).to_spoke;
  const link = options.links.find(target);
  const leaveAll = async (why: string): Promise<void> => {
    const open = (await moves.openItems(move.id)).filter((item) => item.to_spoke === target);
    await giveUp(
      options,
      open.map((item) => ({ item, state: 'failed', error: why })),
    );
  };
  if (!link) return leaveAll(`${target} is not in the configuration any more`);
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await transferBatch(options, move, batch);
    } catch (error) {
      const why = failureOf(link, error).message;
      logger.warn({ move: move.id, target, attempt, error: why }, 'batch not transferred');
      const hopeless = isDown(options.monitor.view(target)?.health.health ?? 'unknown');
      if (attempt >= ATTEMPTS || hopeless) return leaveAll(`${target} did not take it: ${why}`);
      await sleep(clock, backoff(RETRY, attempt, 0.5 + clock.random() / 2), signal);
    }
  }
}
