/**
 * Brings the fleet's version to every spoke, and keeps doing so: right after a publish, and whenever a probe shows that a
 * spoke has another version, such as one that was away.
 */
import { VigoError } from '../../../fleet/errors.ts';
import { isDown } from '../../../fleet/spoke-health.ts';
import { sleep } from '../../../platform/clock.ts';
import type { SpokeMonitor, SpokeView } from '../health/spoke-monitor.ts';
import type { PartitionLinks } from '../partition-links.ts';
import { createSpokeLine, type SpokeLine, type SpokeLineOptions, type SpokeSync, superseded } from './spoke-line.ts';

/** So long an operator waits for a spoke that is slow; its push goes on. */
const WAIT_MS = 60_000;

/** The version of a spoke, as far as it is known. */
export interface SpokeVersion {
  readonly spoke: string;
  /** What it said last; empty if it has none or never said. */
  readonly version: string;
  readonly behind: boolean;
  /** Why it is behind; empty if it is not. */
  readonly reason: string;
}

export interface ConfigDistribution {
  /** From now on this is the fleet's version. Probes see to it; `distribute` does it now. */
  aim(version: string): void;
  /**
   * Gives the version to all spokes at once. `fresh`: the fleet has it only since now. Never rejects; resolves a minute
   * later at most.
   */
  distribute(version: string, fresh: boolean): Promise<SpokeSync[]>;
  /** What a spoke said last. */
  versionOf(spoke: string): string;
  /** In the order of the configuration. */
  versions(): SpokeVersion[];
  /** Ends all pushes. */
  close(): Promise<void>;
}

export interface ConfigDistributionOptions extends Omit<SpokeLineOptions, 'link'> {
  readonly links: PartitionLinks;
  readonly monitor: Pick<SpokeMonitor, 'known' | 'view' | 'onStatus'>;
  /** The only partition reads the hub's own tree, so that it has each version at once. */
  readonly sharesLive: boolean;
}

export function createConfigDistribution(options: ConfigDistributionOptions): ConfigDistribution {
  const { links, monitor, clock, logger } = options;
  const stopping = new VigoError('STOPPING', 'the server is stopping');
  const lines = new Map(links.all.map((link) => [link.spec.id, createSpokeLine({ ...options, link })]));
  let target = '';
  let closed = false;

  monitor.onStatus((spoke, status) => {
    const line = lines.get(spoke);
    // What it says during a push is about to change.
    if (!line || line.busy || closed) return;
    line.heard(status);
    if (target !== '' && line.said !== target) line.retry(target);
  });

  const give = async (spoke: string, line: SpokeLine, version: string, fresh: boolean): Promise<SpokeSync> => {
    const skipped = (reason: string, durationMs = 0) => ({ spoke, outcome: 'skipped' as const, reason, durationMs });
    const view = await monitor.known(spoke);
    if (closed) return skipped(stopping.message);
    if (version !== target) return skipped(superseded(target).message);
    if (view && isAway(view)) {
      logger.warn({ spoke, version, reason: view.health.reason }, 'config not given');
      return skipped(view.health.reason);
    }
    line.hope();
    const waited = new AbortController();
    const slow = sleep(clock, WAIT_MS, waited.signal).then(() =>
      skipped(`not done within ${WAIT_MS / 1000} s; it goes on`, WAIT_MS),
    );
    const sync = await Promise.race([line.push(version), slow]);
    waited.abort();
    // It has switched with the hub itself.
    return options.sharesLive && fresh && sync.outcome === 'unchanged' ? { ...sync, outcome: 'synced' } : sync;
  };

  return {
    aim(version) {
      target = version;
      for (const line of lines.values()) line.hope();
    },
    distribute: (version, fresh) => Promise.all([...lines].map(([spoke, line]) => give(spoke, line, version, fresh))),
    versionOf: (spoke) => lines.get(spoke)?.said ?? '',
    versions: () =>
      [...lines].map(([spoke, line]) => {
        const behind = target !== '' && line.said !== target;
        const reason = behind ? reasonOf(line, monitor.view(spoke)) : '';
        return { spoke, version: line.said, behind, reason };
      }),
    async close() {
      closed = true;
      await Promise.all([...lines.values()].map((line) => line.stop(stopping)));
    },
  };
}

/** Nobody waits for a spoke of which it is known that it does not answer: its next good probe brings it the version. */
function isAway({ health: { health, failures } }: SpokeView): boolean {
  return isDown(health) || (health === 'unknown' && failures > 0);
}

function reasonOf(line: SpokeLine, view: SpokeView | undefined): string {
  if (line.busy) return 'it is being given the version now';
  if (view && view.health.failures > 0) return view.health.reason;
  return line.failure || 'it is given the version after its next good probe';
}
