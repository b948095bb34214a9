/** Records of envoys as the directory knows them: who they are for certain, how they are as well as it can. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { plausibleTime } from '../../fleet/plausible-time.ts';
import type { EnvoyRecord, EnvoyRecordSchema } from '../../gen/vigo/v1/types_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { DirectoryRepository } from '../store/directory-repository.ts';
import type { Directory } from './directory.ts';

export interface DirectoryRecordsOptions {
  readonly directory: Directory;
  readonly directoryRepository: Pick<DirectoryRepository, 'publicKeys'>;
  readonly clock: Clock;
}

/** An envoy, and the epoch under which it is to be served. */
export interface WantedEnvoy {
  readonly id: string;
  readonly hostname: string;
  readonly epoch: number;
}

export type RecordInit = MessageInitShape<typeof EnvoyRecordSchema>;

/** What the directory knows; `told`: what else is known of how some of them are. */
export async function directoryRecords(
  options: DirectoryRecordsOptions,
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
