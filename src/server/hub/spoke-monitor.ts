/**
 * Knows how each spoke is: probes it at intervals and on demand, and keeps the answers.
 *
 * What a probe means is decided by `fleet/spoke-health.ts`; this is the loop around it.
 */
import {
  type HealthPolicy,
  type HealthState,
  initialHealth,
  nextHealth,
  type ProbeResult,
} from '../../fleet/spoke-health.ts';
import type { StatusResponse } from '../../gen/vigo/v1/spoke_pb.js';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { createLatencyWindow, type LatencyWindow } from './latency-window.ts';
import type { Notices } from './notices.ts';
import { failureOf, type PartitionLink, type PartitionLinks } from './partition-links.ts';

export interface SpokeView {
  readonly health: HealthState;
  /** What it last said about itself. */
  readonly status: StatusResponse | undefined;
  readonly latency: LatencyWindow;
}

export type StatusListener = (spoke: string, status: StatusResponse) => void;

export interface SpokeMonitor {
  /** Begins to probe; the first round at once. */
  start(): void;
  view(spoke: string): SpokeView | undefined;
  /** What is known now; probes first if nothing is known yet. Never throws. */
  known(spoke: string): Promise<SpokeView | undefined>;
  /**
   * Probes a spoke that is not online once more, because someone wants something from it that cannot wait for its turn.
   * Counts if it is good: a failure that is looked for more often is not a worse failure. Never throws.
   */
  retry(spoke: string): Promise<SpokeView | undefined>;
  /** Calls `listener` after every good probe with what the spoke said; it must not throw. */
  onStatus(listener: StatusListener): void;
  close(): void;
}

export interface SpokeMonitorOptions {
  readonly links: PartitionLinks;
  readonly notices: Notices;
  readonly policy: HealthPolicy;
  readonly intervalMs: number;
  /** Deadline of one probe. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Watch extends SpokeView {
  health: HealthState;
  status: StatusResponse | undefined;
  running: Promise<SpokeView> | undefined;
  /** The probe under way is one in its turn: it counts also if it is bad. */
  counts: boolean;
  timer: Timer | undefined;
}

export function createSpokeMonitor(options: SpokeMonitorOptions): SpokeMonitor {
  const { links, notices, policy, clock, logger } = options;
  const listeners: StatusListener[] = [];
  let closed = false;
  const watches = new Map<string, Watch>(
    links.all.map((link) => [
      link.spec.id,
      {
        health: initialHealth(clock.now()),
        status: undefined,
        latency: createLatencyWindow(),
        running: undefined,
        counts: false,
        timer: undefined,
      },
    ]),
  );

  const measure = async (link: PartitionLink, watch: Watch): Promise<ProbeResult> => {
    const begun = clock.monotonic();
    try {
      watch.status = await link.client.status({}, { timeoutMs: options.timeoutMs });
      watch.latency.add(clock.monotonic() - begun);
      const pendingNotices = await notices.deliver(link.spec.id);
      return { ok: true, at: clock.now(), pendingNotices };
    } catch (error) {
      return { ok: false, at: clock.now(), reason: failureOf(link, error).message };
    }
  };

  const probeOnce = async (link: PartitionLink, watch: Watch): Promise<SpokeView> => {
    const before = watch.health.health;
    const result = await measure(link, watch);
    const counts = watch.counts || watch.health.lastProbeAt === undefined;
    watch.counts = false;
    if (!result.ok && !counts) return watch;
    watch.health = nextHealth(watch.health, result, policy);
    const { health, reason } = watch.health;
    if (health !== before) {
      const fields = { spoke: link.spec.id, from: before, to: health, ...(reason ? { reason } : {}) };
      if (health === 'healthy') logger.info(fields, 'spoke health changed');
      else logger.warn(fields, 'spoke health changed');
    }
    if (result.ok && watch.status && !closed) for (const listener of listeners) listener(link.spec.id, watch.status);
    return watch;
  };

  /** Joins the probe that is under way, if there is one. */
  const probe = (spoke: string, extra = false): Promise<SpokeView | undefined> => {
    const link = links.find(spoke);
    const watch = watches.get(spoke);
    if (!link || !watch || closed) return Promise.resolve(watch);
    // A probe in its turn that joins an extra one makes that one count.
    if (!extra) watch.counts = true;
    watch.running ??= probeOnce(link, watch).finally(() => {
      watch.running = undefined;
    });
    return watch.running;
  };

  const loop = (spoke: string, watch: Watch): void => {
    void probe(spoke).then(() => {
      if (closed) return;
      watch.timer = clock.after(options.intervalMs, () => loop(spoke, watch));
    });
  };

  return {
    start() {
      for (const [spoke, watch] of watches) loop(spoke, watch);
    },
    view: (spoke) => watches.get(spoke),
    retry: (spoke) => probe(spoke, true),
    onStatus: (listener) => void listeners.push(listener),
    known: async (spoke) => {
      const watch = watches.get(spoke);
      return watch?.health.lastProbeAt === undefined ? probe(spoke) : watch;
    },
    close() {
      closed = true;
      for (const watch of watches.values()) watch.timer?.cancel();
    },
  };
}
