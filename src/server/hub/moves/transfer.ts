/**
 * One batch of envoys, from one spoke to another, in DESIGN's order:
 *
 *   adopt    the target has the records on disk
 *   commit   the directory names the target, and the source has notices to release     (one transaction)
 *   release  the source redirects; if it does not answer, the notices wait for it
 *
 * Each step may be repeated: after a crash the batch is simply transferred again.
 */
import { MAX_EPOCH_STEP } from '../../../fleet/epochs.ts';
import { isOnline } from '../../../fleet/spoke-health.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { DirectoryRepository } from '../../store/directory-repository.ts';
import type { SpokeNoticesTable } from '../../store/hub-schema.ts';
import type { MoveItem, MoveRepository, MoveRow } from '../../store/move-repository.ts';
import type { Directory } from '../directory.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { Notices } from '../notices.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { SpokeRegistry } from '../spoke-registry.ts';
import { gatherRecords } from './envoy-records.ts';

const CALL_TIMEOUT_MS = 15_000;

export interface TransferOptions {
  readonly directory: Directory;
  readonly directoryRepository: DirectoryRepository;
  readonly moves: MoveRepository;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  readonly notices: Notices;
  readonly registry: SpokeRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface GivenUp {
  readonly item: MoveItem;
  readonly state: 'failed' | 'cancelled';
  readonly error: string;
}

/** Transfers items that share source and target. Throws if the target does not take them: none is moved then. */
export async function transferBatch(
  options: TransferOptions,
  move: MoveRow,
  items: readonly MoveItem[],
): Promise<void> {
  const { directory, moves, links } = options;
  const { from_spoke: from, to_spoke: to } = items[0] as MoveItem;
  const target = links.get(to);
  const { eligibility } = options.registry.get(to);
  if (eligibility !== 'eligible') {
    const error = `${to} is ${eligibility} now`;
    return giveUp(
      options,
      items.map((item) => ({ item, state: 'failed', error })),
    );
  }
  // From here on nobody takes an item out of the move: the target may have it.
  const due = await directory.mutex.run(async () => {
    const wanted = items.filter((item) => isDue(directory, item));
    await moves.beginAdoption(
      move.id,
      wanted.map((item) => item.envoy_id),
    );
    return wanted;
  });
  const gone = [...new Set(items).difference(new Set(due))];
  await giveUp(
    options,
    gone.map((item) => ({ item, state: 'failed', error: 'was revoked, or moved by other means' })),
  );
  if (due.length === 0) return;
  const wanted = due.map(({ envoy_id: id, hostname, epoch }) => ({ id, hostname, epoch }));
  const records = await gatherRecords(options, from, wanted);
  const answer = await target.client.adopt({ envoys: records }, { timeoutMs: CALL_TIMEOUT_MS });
  const adopted = new Set(answer.adoptedIds);
  await commit(
    options,
    move,
    due.filter((item) => adopted.has(item.envoy_id)),
  );
  const refused = due.filter((item) => !adopted.has(item.envoy_id));
  if (refused.length > 0) {
    const epochs = new Map(answer.refusals.map((refusal) => [refusal.id, refusal.knownEpoch]));
    for (const item of refused) raiseEpoch(directory, item.envoy_id, epochs.get(item.envoy_id) ?? 0);
    const error = `${to} knows it under a later epoch: move it once more`;
    await giveUp(
      options,
      refused.map((item) => ({ item, state: 'failed', error })),
    );
  }
  if (isOnline(options.monitor.view(from)?.health.health ?? 'unknown')) await options.notices.deliver(from);
}

function isDue(directory: Directory, item: MoveItem): boolean {
  const placement = directory.get(item.envoy_id);
  return (
    placement !== undefined &&
    placement.moveId === item.move_id &&
    placement.spoke === item.from_spoke &&
    placement.epoch < item.epoch
  );
}

/** A spoke can claim to have seen any epoch; one that is out of reach is not believed, and none is ever used up so. */
function raiseEpoch(directory: Directory, id: string, epoch: number): void {
  const placement = directory.get(id);
  if (!placement || epoch > placement.maxEpoch + MAX_EPOCH_STEP) return;
  placement.maxEpoch = Math.max(placement.maxEpoch, epoch);
}

async function commit(options: TransferOptions, move: MoveRow, adopted: readonly MoveItem[]): Promise<void> {
  const { directory, moves, notices } = options;
  await directory.mutex.run(async () => {
    // Revoked while the target adopted it: the target has a notice of its own for that.
    const items = adopted.filter((item) => isDue(directory, item));
    if (items.length === 0) return;
    await moves.commit(
      move,
      items,
      items.map((item) => releaseNotice(notices, item, item.from_spoke, item.to_spoke, item.epoch)),
      options.clock.now(),
    );
    for (const item of items) {
      directory.reassign(item.envoy_id, item.to_spoke, item.epoch);
      const placement = directory.get(item.envoy_id);
      if (placement) placement.moveId = undefined;
    }
    notices.added((items[0] as MoveItem).from_spoke, items.length);
  });
}

function releaseNotice(
  notices: Notices,
  item: MoveItem,
  spoke: string,
  target: string,
  epoch: number,
): SpokeNoticesTable {
  return {
    seq: notices.nextSeq(),
    spoke_id: spoke,
    envoy_id: item.envoy_id,
    kind: 'release',
    target_spoke: target,
    epoch,
    move_id: item.move_id,
  };
}

/**
 * Items of one move that stay where they are. A target that may have adopted one is told to let it go again, under an epoch of its own:
 * the one that was promised to it is used up.
 */
export async function giveUp(options: TransferOptions, given: readonly GivenUp[]): Promise<void> {
  const { directory, moves, notices } = options;
  const [first] = given;
  if (!first) return;
  await directory.mutex.run(async () => {
    // What the journal says now: the caller's items may be older, and say less than what the target was told.
    const open = new Map((await moves.openItems(first.item.move_id)).map((item) => [item.envoy_id, item]));
    const entries = given.flatMap((entry) => {
      const item = open.get(entry.item.envoy_id);
      return item ? [{ ...entry, item }] : [];
    });
    const released: SpokeNoticesTable[] = [];
    for (const { item } of entries) {
      const placement = directory.get(item.envoy_id);
      if (item.state !== 'adopting' || !placement || placement.spoke === item.to_spoke) continue;
      const epoch = Math.max(placement.maxEpoch, item.epoch) + 1;
      released.push(releaseNotice(notices, item, item.to_spoke, placement.spoke, epoch));
    }
    await moves.giveUp(entries, released);
    for (const { item } of entries) {
      const placement = directory.get(item.envoy_id);
      if (placement?.moveId === item.move_id) placement.moveId = undefined;
    }
    for (const notice of released) {
      raiseEpoch(directory, notice.envoy_id, notice.epoch);
      notices.added(notice.spoke_id, 1);
    }
  });
}
