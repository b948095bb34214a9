/**
 * Before a spoke is corrected by what the directory says, the directory of a restored hub must know what the spoke knows. So a
 * spoke that has not been reconciled is not corrected, and does not count as healthy.
 */
import { type Clock, sleep } from '../../../platform/clock.ts';
import type { SpokeCorrector } from '../health/spoke-corrector.ts';
import type { Notices } from '../notices.ts';
import { failureOf, type PartitionLink } from '../partition-links.ts';
import type { Restoration } from './restoration.ts';
import { reconcileSpoke } from './spoke-reconciler.ts';
import type { TakeClaimsOptions } from './take-claims.ts';

export interface ReconciledFirstOptions extends TakeClaimsOptions {
  readonly restoration: Restoration;
  readonly corrector: SpokeCorrector;
  readonly notices: Notices;
  /** A probe waits so long for it at most, milliseconds; then it goes on, and the next one looks how far it is. */
  readonly waitMs: number;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal | undefined;
  readonly clock: Clock;
}

export function reconciledFirst(options: ReconciledFirstOptions): SpokeCorrector {
  const { restoration, corrector, notices, clock, logger } = options;
  const running = new Map<string, Promise<void>>();

  const run = async (link: PartitionLink): Promise<void> => {
    const spoke = link.spec.id;
    try {
      await reconcileSpoke(options, link, options.stopping);
      await restoration.reconciled(spoke);
    } catch (error) {
      // The next probe begins it anew.
      logger.warn({ spoke, error: failureOf(link, error).message }, 'spoke not reconciled yet');
    }
  };

  return {
    async check(link, status) {
      const spoke = link.spec.id;
      if (restoration.isUnreconciled(spoke)) {
        const work = running.get(spoke) ?? run(link).finally(() => running.delete(spoke));
        running.set(spoke, work);
        await Promise.race([work, sleep(clock, options.waitMs)]);
        if (restoration.isUnreconciled(spoke)) return 1;
        const left = await notices.deliver(spoke);
        if (left > 0) return left;
      }
      return corrector.check(link, status);
    },
  };
}
