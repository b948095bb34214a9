/**
 * The hub's outbox to spokes: releases and revocations that must arrive, if late.
 *
 * A notice is written in the transaction that makes it true, and deleted when its spoke has confirmed it. The first good
 * probe of a spoke that was away delivers what has piled up, before the spoke counts as healthy.
 */
import type { Logger } from '../../platform/logger.ts';
import { createMutex, type Mutex } from '../../platform/mutex.ts';
import type { Notice, NoticeRepository } from '../store/notice-repository.ts';
import { failureOf, type PartitionLink, type PartitionLinks } from './partition-links.ts';

/** The limit of `Release` and `Revoke`. */
const BATCH = 1_000;
const CALL_TIMEOUT_MS = 10_000;

export interface Notices {
  /** Numbers for notices that a transaction is about to write. */
  nextSeq(): number;
  /** A transaction has written so many for this spoke. */
  added(spoke: string, count: number): void;
  pending(spoke: string): number;
  /** Delivers all that is due; returns how many are left because the spoke did not take them. Never throws for a peer's fault. */
  deliver(spoke: string): Promise<number>;
}

export interface NoticesOptions {
  readonly repository: NoticeRepository;
  readonly links: PartitionLinks;
  readonly logger: Logger;
  /** Time over which the agents of one release are spread, milliseconds. */
  readonly spreadMs: (envoys: number) => number;
}

export async function openNotices(options: NoticesOptions): Promise<Notices> {
  const { repository, links, logger } = options;
  let seq = await repository.lastSeq();
  const pending = await repository.counts();
  const mutexes = new Map<string, Mutex>();

  const deliverAll = async (link: PartitionLink): Promise<void> => {
    for (;;) {
      const notices = await repository.next(link.spec.id, BATCH);
      if (notices.length === 0) break;
      const batch = firstAlike(notices);
      await send(options, link, batch);
      await repository.delivered(batch.map((notice) => notice.seq));
      pending.set(link.spec.id, Math.max(0, (pending.get(link.spec.id) ?? 0) - batch.length));
    }
  };

  return {
    nextSeq: () => ++seq,
    added: (spoke, count) => void pending.set(spoke, (pending.get(spoke) ?? 0) + count),
    pending: (spoke) => pending.get(spoke) ?? 0,
    async deliver(spoke) {
      const link = links.find(spoke);
      if (!link || (pending.get(spoke) ?? 0) === 0) return pending.get(spoke) ?? 0;
      const mutex = mutexes.get(spoke) ?? createMutex();
      mutexes.set(spoke, mutex);
      try {
        await mutex.run(() => deliverAll(link));
        // Those that a move has added since then do not mean that the spoke refuses them.
        return 0;
      } catch (error) {
        const left = pending.get(spoke) ?? 0;
        logger.warn({ spoke, pending: left, error: failureOf(link, error).message }, 'notices not delivered');
        return left;
      }
    },
  };
}

/** The longest beginning that one call can carry: order within a spoke is kept. */
function firstAlike(notices: readonly Notice[]): Notice[] {
  const first = notices[0] as Notice;
  const other = notices.findIndex((notice) => notice.kind !== first.kind || notice.target_spoke !== first.target_spoke);
  return other < 0 ? [...notices] : notices.slice(0, other);
}

async function send(options: NoticesOptions, link: PartitionLink, batch: readonly Notice[]): Promise<void> {
  const first = batch[0] as Notice;
  const call = { timeoutMs: CALL_TIMEOUT_MS };
  if (first.kind === 'revoke') {
    await link.client.revoke({ ids: batch.map((notice) => notice.envoy_id) }, call);
    return;
  }
  const target = options.links.find(first.target_spoke ?? '');
  // A target that left the configuration has no address; the agents will ask the hub, which is as good.
  const endpoint = target?.endpoint ?? { address: '', identity: '', spokeId: first.target_spoke ?? '' };
  const envoys = batch.map((notice) => ({ id: notice.envoy_id, epoch: notice.epoch }));
  await link.client.release({ envoys, target: endpoint, spreadMs: Math.ceil(options.spreadMs(batch.length)) }, call);
}
