/** A question about runs to several spokes at once: each has its own deadline, and costs its own answer only. */
import { isDown } from '../../../fleet/spoke-health.ts';
import { type Clock, deadline } from '../../../platform/clock.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { ListWarning } from '../listing/envoy-query.ts';
import { abortable, warningOf } from '../listing/spoke-tables.ts';
import type { PartitionLink } from '../partition-links.ts';

export interface AskOptions {
  readonly monitor: Pick<SpokeMonitor, 'view'>;
  /** Of each spoke, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Asks one spoke. What it throws is the spoke's failure. */
export type Question<T> = (link: PartitionLink, signal: AbortSignal) => Promise<T>;

export type SpokeAnswer<T> = { readonly value: T } | { readonly warning: ListWarning };

/** One promise a spoke, in their order. They reject only when `signal` aborts. A spoke known to be dead is not asked. */
export function askSpokes<T>(
  options: AskOptions,
  links: readonly PartitionLink[],
  question: Question<T>,
  signal: AbortSignal,
): Promise<SpokeAnswer<T>>[] {
  return links.map(async (link) => {
    const health = options.monitor.view(link.spec.id)?.health;
    if (health && isDown(health.health)) {
      return { warning: { spoke: link.spec.id, code: health.health, message: health.reason } };
    }
    const limit = deadline(options.clock, options.timeoutMs, signal);
    try {
      return { value: await abortable(question(link, limit.signal), limit.signal) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const reason: unknown = limit.signal.aborted ? limit.signal.reason : error;
      return { warning: warningOf(link, reason, options.timeoutMs) };
    } finally {
      limit.cancel();
    }
  });
}
