/**
 * Puts right an agent that is ahead of the directory.
 *
 * A target may have adopted an envoy, and even served it, when its move is given up: the agent then knows an epoch that was
 * never committed, and would take its owner, under a lower one, for outdated. So the owner gets an epoch above all that
 * were promised:
 *
 *   reserve   nobody else is promised this epoch        (one transaction)
 *   adopt     the owner has the record under it, on disk
 *   commit    the directory says so                     (one transaction)
 *
 * Wherever that stops, the next question of the agent begins it anew.
 */
import { isOnline } from '../../fleet/spoke-health.ts';
import type { DirectoryRepository } from '../store/directory-repository.ts';
import type { MoveRepository } from '../store/move-repository.ts';
import type { Placement } from './directory.ts';
import { type EnvoyRecordsOptions, gatherRecords } from './moves/envoy-records.ts';
import { failureOf } from './partition-links.ts';

/** An agent waits for the answer. */
const ADOPT_TIMEOUT_MS = 5_000;

export interface EpochRenewalOptions extends EnvoyRecordsOptions {
  readonly directoryRepository: DirectoryRepository;
  readonly moves: Pick<MoveRepository, 'findItem' | 'giveUp'>;
}

/** Resolves when `placement` has an epoch above `seen`, or when that cannot be had now. Never throws for a peer's fault. */
export type RenewEpoch = (placement: Placement, seen: number) => Promise<void>;

export function createEpochRenewal(options: EpochRenewalOptions): RenewEpoch {
  const { directory, directoryRepository, links, monitor, logger } = options;

  /** Takes it out of the move that has planned it, for later; false if its target may have it, so that the move settles it. */
  const leaveMove = async (placement: Placement): Promise<boolean> => {
    const item = placement.moveId ? await options.moves.findItem(placement.moveId, placement.id) : undefined;
    if (item?.state === 'adopting') return false;
    const error = 'its agent knows a later epoch, which had to be put right first: move it once more';
    if (item?.state === 'planned') await options.moves.giveUp([{ item, state: 'failed', error }], []);
    placement.moveId = undefined;
    return true;
  };

  /** Undefined if there is nothing to put right: no such epoch was ever promised, or a move is about to settle it. */
  const reserve = (placement: Placement, seen: number): Promise<number | undefined> =>
    directory.mutex.run(async () => {
      const { id, spoke, maxEpoch } = placement;
      const online = isOnline(monitor.view(spoke)?.health.health ?? 'unknown');
      if (directory.get(id) !== placement || seen <= placement.epoch || seen > maxEpoch || !online) return undefined;
      if (!(await leaveMove(placement))) return undefined;
      const epoch = maxEpoch + 1;
      await directoryRepository.reserveEpoch(id, epoch);
      placement.maxEpoch = epoch;
      return epoch;
    });

  return async (placement, seen) => {
    const { id, hostname, spoke } = placement;
    const link = links.find(spoke);
    const epoch = link && (await reserve(placement, seen));
    if (!link || epoch === undefined) return;
    try {
      // It is its own source: what the directory knows would only take the place of more.
      const envoys = await gatherRecords(options, spoke, [{ id, hostname, epoch }], 'refuse');
      const { adoptedIds } = await link.client.adopt({ envoys }, { timeoutMs: ADOPT_TIMEOUT_MS });
      if (!adoptedIds.includes(id)) return;
      await directory.mutex.run(async () => {
        if (directory.get(id) !== placement || placement.spoke !== spoke || placement.epoch >= epoch) return;
        await directoryRepository.renewEpoch(id, epoch);
        directory.reassign(id, spoke, epoch);
      });
      logger.info({ envoy: id, hostname, seen, epoch }, 'epoch renewed');
    } catch (error) {
      logger.warn({ envoy: id, hostname, error: failureOf(link, error).message }, 'epoch not renewed');
    }
  };
}
