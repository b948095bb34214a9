/** Published configurations in JSON output. */
import {
  type ConfigVersion,
  type GetConfigStatusResponse,
  type PublishedConfig,
  type SpokeSync,
  SyncOutcome,
} from '../../gen/vigo/v1/admin_pb.js';
import { present } from '../present.ts';
import { isoOf, textOrNull } from './time.ts';
import type { WarningJson } from './warning.ts';

/** What a version changes against the one before; at most 100 names of each kind. */
interface ChangesJson {
  readonly filesChanged: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface ConfigVersionJson extends ChangesJson {
  readonly number: number;
  readonly version: string;
  readonly publishedAt: string | null;
  readonly actor: string | null;
  readonly message: string | null;
  readonly rollback: boolean;
  readonly current: boolean;
  /** Bytes of the archive. */
  readonly size: number;
}

export interface SpokeSyncJson {
  readonly spoke: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly durationMs: number;
}

export interface PublishedJson extends ChangesJson {
  readonly version: string;
  readonly unchanged: boolean;
  readonly number: number;
  readonly spokes: readonly SpokeSyncJson[];
  /** The spokes that do not have it. */
  readonly warnings: readonly WarningJson[];
}

export interface SpokeConfigJson {
  readonly spoke: string;
  /** Null if it has none or never said. */
  readonly version: string | null;
  readonly behind: boolean;
  readonly online: boolean;
  readonly reason: string | null;
}

export interface ConfigStatusJson {
  /** Null if nothing was published. */
  readonly current: ConfigVersionJson | null;
  readonly spokes: readonly SpokeConfigJson[];
}

export interface ConfigHistoryJson {
  /** Newest first. */
  readonly versions: readonly ConfigVersionJson[];
}

const OUTCOMES: Readonly<Record<number, string>> = {
  [SyncOutcome.SYNCED]: 'synced',
  [SyncOutcome.UNCHANGED]: 'unchanged',
  [SyncOutcome.SKIPPED]: 'skipped',
};

function changesJson({ filesChanged, added, changed, removed }: ConfigVersion): ChangesJson {
  return { filesChanged, added, changed, removed };
}

export function configVersionJson(version: ConfigVersion): ConfigVersionJson {
  return {
    number: version.number,
    version: version.version,
    publishedAt: isoOf(version.publishedAt),
    actor: textOrNull(version.actor),
    message: textOrNull(version.message),
    rollback: version.rollback,
    current: version.current,
    size: version.size,
    ...changesJson(version),
  };
}

const spokeSyncJson = ({ spoke, outcome, reason, durationMs }: SpokeSync): SpokeSyncJson => ({
  spoke,
  // An outcome that this program does not know comes from a newer server.
  outcome: OUTCOMES[outcome] ?? 'unknown',
  reason: textOrNull(reason),
  durationMs: Math.round(durationMs * 10) / 10,
});

export function publishedJson(published: PublishedConfig): PublishedJson {
  const version = present(published.version, 'a version');
  const spokes = published.spokes.map(spokeSyncJson);
  return {
    version: version.version,
    unchanged: published.unchanged,
    number: version.number,
    ...changesJson(version),
    spokes,
    warnings: spokes.flatMap(({ spoke, outcome, reason }) =>
      outcome === 'skipped' ? [{ spoke, code: outcome, message: reason ?? 'no reason given' }] : [],
    ),
  };
}

export function configStatusJson({ current, spokes }: GetConfigStatusResponse): ConfigStatusJson {
  return {
    current: current ? configVersionJson(current) : null,
    spokes: spokes.map(({ spoke, version, behind, online, reason }) => {
      return { spoke, version: textOrNull(version), behind, online, reason: textOrNull(reason) };
    }),
  };
}
