/** Records of envoys for the spoke that is to serve them: from their source as far as it answers. */
import { VigoError } from '../../../fleet/errors.ts';
import { isOnline } from '../../../fleet/spoke-health.ts';
import type { EnvoyRecord } from '../../../gen/vigo/v1/types_pb.js';
import type { Logger } from '../../../platform/logger.ts';
import {
  type DirectoryRecordsOptions,
  directoryRecords,
  type RecordInit,
  type WantedEnvoy,
} from '../directory-records.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import { failureOf, type PartitionLinks } from '../partition-links.ts';

const CALL_TIMEOUT_MS = 15_000;

export interface EnvoyRecordsOptions extends DirectoryRecordsOptions {
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  readonly logger: Logger;
}

/** What is made of a source that does not answer: the directory stands in, or nobody is adopted. */
type WhenSilent = 'directory' | 'refuse';

/**
 * What the target must know. Who an envoy is, the directory says: a source that is broken, or not to be trusted any more,
 * must not hand on another key. How it is, its source says if it answers, else the directory as well as it can. A source that has
 * answered takes no runs of theirs for a while: they are to be adopted at once. Throws SPOKE_UNAVAILABLE if it is silent and the
 * directory is not to stand in for it.
 */
export async function gatherRecords(
  options: EnvoyRecordsOptions,
  from: string,
  envoys: readonly WantedEnvoy[],
  whenSilent: WhenSilent = 'directory',
): Promise<RecordInit[]> {
  const ids = envoys.map((envoy) => envoy.id);
  const answer = recordsFromSource(options, from, ids).then((known) => {
    if (!known && whenSilent === 'refuse')
      throw new VigoError('SPOKE_UNAVAILABLE', `${from} does not say how its envoys are`);
    return known ?? new Map<string, EnvoyRecord>();
  });
  return directoryRecords(options, envoys, answer);
}

/** Undefined if it does not answer. */
async function recordsFromSource(
  options: EnvoyRecordsOptions,
  from: string,
  ids: string[],
): Promise<Map<string, EnvoyRecord> | undefined> {
  const source = options.links.find(from);
  if (!source || !isOnline(options.monitor.view(from)?.health.health ?? 'unknown')) return undefined;
  try {
    const { envoys } = await source.client.getEnvoys({ ids, handOver: true }, { timeoutMs: CALL_TIMEOUT_MS });
    return new Map(envoys.map((record) => [record.id, record]));
  } catch (error) {
    options.logger.warn(
      { spoke: from, error: failureOf(source, error).message },
      'source does not say how its envoys are',
    );
    return undefined;
  }
}
