/** Records of envoys for the spoke that is to serve them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { plausibleTime } from '../../../fleet/plausible-time.ts';
import { isOnline } from '../../../fleet/spoke-health.ts';
import type { EnvoyRecord, EnvoyRecordSchema } from '../../../gen/vigo/v1/types_pb.js';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { DirectoryRepository } from '../../store/directory-repository.ts';
import type { Directory } from '../directory.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import { failureOf, type PartitionLinks } from '../partition-links.ts';

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

/**
 * What the target must know. Who an envoy is, the directory says: a source that is broken, or not to be trusted any more,
 * must not hand on another key. How it is, its source says if it answers, else the directory as well as it can. A source that has
 * answered takes no runs of theirs for a while: they are to be adopted at once.
 */
export async function gatherRecords(
  options: EnvoyRecordsOptions,
  from: string,
  envoys: readonly WantedEnvoy[],
): Promise<RecordInit[]> {
  const ids = envoys.map((envoy) => envoy.id);
  return directoryRecords(options, envoys, recordsFromSource(options, from, ids));
}

/** What the directory knows; `told`: what else is known of how some of them are. */
export async function directoryRecords(
  options: Pick<EnvoyRecordsOptions, 'directory' | 'directoryRepository' | 'clock'>,
  envoys: readonly WantedEnvoy[],
  told: Promise<ReadonlyMap<string, EnvoyRecord>> = Promise.resolve(new Map()),
): Promise<RecordInit[]> {
  const ids = envoys.map((envoy) => envoy.id);
  const [known, keys] = await Promise.all([told, options.directoryRepository.publicKeys(ids)]);
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

async function recordsFromSource(
  options: EnvoyRecordsOptions,
  from: string,
  ids: string[],
): Promise<Map<string, EnvoyRecord>> {
  const source = options.links.find(from);
  if (!source || !isOnline(options.monitor.view(from)?.health.health ?? 'unknown')) return new Map();
  try {
    const { envoys } = await source.client.getEnvoys({ ids, handOver: true }, { timeoutMs: CALL_TIMEOUT_MS });
    return new Map(envoys.map((record) => [record.id, record]));
  } catch (error) {
    options.logger.warn(
      { spoke: from, error: failureOf(source, error).message },
      'source does not answer, moving what the directory knows',
    );
    return new Map();
  }
}
