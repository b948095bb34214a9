/**
 * Knows how each spoke is: probes it at intervals and on demand, listens to the reports that it pushes, and keeps the answers.
 *
 * What a probe or a report means is decided by `fleet/spoke-health.ts`; this is the loop around it.
 */
import {
  afterReport,
  afterReporterLeft,
  type HealthPolicy,
  type HealthState,
  initialHealth,
  nextHealth,
} from '../../../fleet/spoke-health.ts';
import type { StatusResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { Timer } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { PartitionLink, PartitionLinks } from '../partition-links.ts';
import { createLatencyWindow, type LatencyWindow } from './latency-window.ts';
import { probeSpoke, type SpokeProbeOptions } from './spoke-probe.ts';

export interface SpokeView {
  readonly health: HealthState;
  /** What it last said about itself, in a probe or a report. */
  readonly status: StatusResponse | undefined;
  readonly latency: LatencyWindow;
  /** Where it reports to, as its own configuration names it; empty if it never did. */
  readonly hubAddress: string;
}

export type StatusListener = (spoke: string, status: StatusResponse) => void;
export type HealthListener = (spoke: string, before: HealthState, after: HealthState) => void;

/** What a spoke says by itself. */
export interface SpokeReport {
  readonly status: StatusResponse;
  /** Until its next report, milliseconds. */
  readonly intervalMs: number;
  readonly hubAddress: string;
  /** Aborts when the connection on which it came has ended. */
  readonly connection?: AbortSignal | undefined;
}

export interface SpokeMonitor {
  /** Begins to probe; the first round at once. */
  start(): void;
  view(spoke: string): SpokeView | undefined;
  /** What is known now; probes first if nothing is known yet. Never throws. */
  known(spoke: string): Promise<SpokeView | undefined>;
  /**
   * Probes a spoke once more, because someone wants something from it that cannot wait for its turn.
   * Counts if it is good: a failure that is looked for more often is not a worse failure. Never throws.
   */
  retry(spoke: string): Promise<SpokeView | undefined>;
  /** The spoke has said by itself how it is. */
  reported(spoke: string, report: SpokeReport): void;
  /** Calls `listener` after every good probe with what the spoke said; it must not throw. */
  onStatus(listener: StatusListener): void;
  /** Calls `listener` whenever a probe or a report was counted, changed or not; it must not throw. */
  onHealth(listener: HealthListener): void;
  close(): void;
}

export interface SpokeMonitorOptions extends SpokeProbeOptions {
  readonly links: PartitionLinks;
  readonly policy: HealthPolicy;
  readonly intervalMs: number;
  readonly logger: Logger;
}

interface Watch extends SpokeView {
  health: HealthState;
  status: StatusResponse | undefined;
  hubAddress: string;
  /** The connection of the last report. */
  reporter: AbortSignal | undefined;
  /** All that are listened to: a spoke that reports on two by turns is not listened to once more each time. */
  readonly reporters: WeakSet<AbortSignal>;
  running: Promise<SpokeView> | undefined;
  /** The probe under way is one in its turn: it counts also if it is bad. */
  counts: boolean;
  timer: Timer | undefined;
}

/** No spoke keeps the hub from draining it for longer by saying that its next report is far off, milliseconds. */
const MAX_REPORT_INTERVAL_MS = 3_600_000;

export function createSpokeMonitor(options: SpokeMonitorOptions): SpokeMonitor {
  const { links, policy, clock, logger } = options;
  const statusListeners: StatusListener[] = [];
  const healthListeners: HealthListener[] = [];
  let closed = false;
  const watches = new Map<string, Watch>(links.all.map((link) => [link.spec.id, newWatch(clock.now())]));

  const become = (spoke: string, watch: Watch, after: HealthState): void => {
    const before = watch.health;
    watch.health = after;
    const { health, reason } = after;
    if (health !== before.health) {
      const fields = { spoke, from: before.health, to: health, ...(reason ? { reason } : {}) };
      if (health === 'healthy') logger.info(fields, 'spoke health changed');
      else logger.warn(fields, 'spoke health changed');
    }
    if (!closed) for (const listener of healthListeners) listener(spoke, before, after);
  };

  const probeOnce = async (link: PartitionLink, watch: Watch): Promise<SpokeView> => {
    const { result, status, latencyMs } = await probeSpoke(options, link);
    const counts = watch.counts || watch.health.lastProbeAt === undefined;
    watch.counts = false;
    if (latencyMs !== undefined) watch.latency.add(latencyMs);
    if (status) watch.status = status;
    if (result.outcome !== 'good' && !counts) return watch;
    become(link.spec.id, watch, nextHealth(watch.health, result, policy));
    if (status && !closed) for (const listener of statusListeners) listener(link.spec.id, status);
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

  /** From beginning to beginning, so that a spoke that hangs is not given up later than one that refuses. */
  const loop = (spoke: string, watch: Watch): void => {
    const begun = clock.monotonic();
    void probe(spoke).then(() => {
      if (closed) return;
      const left = Math.max(0, options.intervalMs - (clock.monotonic() - begun));
      watch.timer = clock.after(left, () => loop(spoke, watch));
    });
  };

  return {
    start() {
      for (const [spoke, watch] of watches) loop(spoke, watch);
    },
    view: (spoke) => watches.get(spoke),
    retry: (spoke) => probe(spoke, true),
    onStatus: (listener) => void statusListeners.push(listener),
    onHealth: (listener) => void healthListeners.push(listener),
    known: async (spoke) => {
      const watch = watches.get(spoke);
      return watch?.health.lastProbeAt === undefined ? probe(spoke) : watch;
    },
    reported(spoke, { status, intervalMs, hubAddress, connection }) {
      const watch = watches.get(spoke);
      if (!watch || closed || connection?.aborted) return;
      Object.assign(watch, { status, hubAddress });
      become(
        spoke,
        watch,
        afterReport(watch.health, { at: clock.now(), intervalMs: Math.min(intervalMs, MAX_REPORT_INTERVAL_MS) }),
      );
      if (watch.reporter === connection) return;
      watch.reporter = connection;
      if (!connection || watch.reporters.has(connection)) return;
      watch.reporters.add(connection);
      connection.addEventListener('abort', () => {
        // It may report on another connection already.
        if (watch.reporter === connection) watch.health = afterReporterLeft(watch.health);
      });
    },
    close() {
      closed = true;
      for (const watch of watches.values()) watch.timer?.cancel();
    },
  };
}

const newWatch = (now: number): Watch => ({
  health: initialHealth(now),
  status: undefined,
  latency: createLatencyWindow(),
  hubAddress: '',
  reporter: undefined,
  reporters: new WeakSet(),
  running: undefined,
  counts: false,
  timer: undefined,
});
