/** What convergence keeps in the state directory, opened in one go by who holds its lock. */
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { type BundleStore, openBundleStore } from '../policy/bundle-store.ts';
import { type OwedTriggers, openOwedTriggers } from '../runs/owed-triggers.ts';
import { openRunQueue, type RunQueue } from '../runs/run-queue.ts';
import { removeLeftovers, type StateDir } from '../state-dir.ts';

export interface ConvergenceStores {
  readonly store: BundleStore;
  readonly queue: RunQueue;
  readonly owed: OwedTriggers;
}

/** Throws `DATA_DIR_UNUSABLE`, for example if there is a file where a folder must be. */
export async function openStores(dir: StateDir, logger: Logger): Promise<ConvergenceStores> {
  try {
    await removeLeftovers(dir);
    const store = await openBundleStore(dir.path, logger);
    const queue = await openRunQueue(dir.path, logger);
    return { store, queue, owed: openOwedTriggers(dir.owed, logger) };
  } catch (error) {
    throw new VigoError(
      'DATA_DIR_UNUSABLE',
      `state directory ${dir.path} cannot be used: ${messageOf(error)}; move away what is in the way, the agent makes it anew`,
      { cause: error },
    );
  }
}
