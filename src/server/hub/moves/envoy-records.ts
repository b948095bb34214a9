/** Records of envoys for the spoke that is to serve them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { VigoError } from '../../../fleet/errors.ts';
import { plausibleTime } from '../../../fleet/plausible-time.ts';
import { isOnline } from '../../../fleet/spoke-health.ts';
import type { EnvoyRecord, EnvoyRecordSchema } from '../../../gen/vigo/v1/types_pb.js';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { DirectoryRepository } from '../../store/directory-repository.ts';
import type { Directory } from '../directory.ts';
import { failureOf, type PartitionLinks } from '../partition-links.ts';
import type { SpokeMonitor } from '../spoke-monitor.ts';

const CALL_TIMEOUT_MS = 15_000;

export interface EnvoyRecordsOptions {
  readonly directory: Directory;
  readonly directoryRepository: Pick<DirectoryRepository, 'publicKeys'>;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An envoy, and the epoch under which it is to be served. */
export interface WantedEnvoy {
  readonly id: string;
  readonly hostname: string;
  readonly epoch: number;
}

export type RecordInit = MessageInitShape<typeof EnvoyRecordSchema>;

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
  const [answer, keys] = await Promise.all([
    recordsFromSource(options, from, ids),
    options.directoryRepository.publicKeys(ids),
  ]);
  if (!answer && whenSilent === 'refuse')
    throw new VigoError('SPOKE_UNAVAILABLE', `${from} does not say how its envoys are`);
  const known = answer ?? new Map<string, EnvoyRecord>();
  return envoys.map(({ id, hostname, epoch }) => {
    const placement = options.directory.get(id);
    const record = known.get(id);
    const seen = record?.lastSeenAt ? timestampMs(record.lastSeenAt) : (placement?.lastSeenAt ?? 0);
    const lastSeenAt = plausibleTime(seen, options.clock.now());
    const state = record ?? {
      status: placement?.status,
      drift: placement?.drift,
      configVersion: placement?.configVersion,
    };
    return {
      ...state,
      lastSeenAt: lastSeenAt > 0 ? timestampFromMs(lastSeenAt) : undefined,
      id,
      hostname,
      epoch,
      // Never absent: the row of an envoy that was enrolled stays for good.
      publicKey: keys.get(id) ?? new Uint8Array(),
      enrolledAt: timestampFromMs(placement?.enrolledAt ?? 0),
    };
  });
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
