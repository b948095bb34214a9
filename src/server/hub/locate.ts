/** "My spoke does not answer: who serves me?" The directory answers, also when the old owner is dead. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { VigoError } from '../../fleet/errors.ts';
import type { LocateResponseSchema } from '../../gen/vigo/v1/hub_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { DirectoryRepository } from '../store/directory-repository.ts';
import type { Directory } from './directory.ts';
import type { RenewEpoch } from './epoch-renewal.ts';
import type { PartitionLinks } from './partition-links.ts';

export interface LocateOptions {
  readonly directory: Directory;
  readonly repository: DirectoryRepository;
  readonly links: PartitionLinks;
  readonly keyHash: (publicKey: Uint8Array) => string;
  /** Time over which the agents of a spoke with so many envoys are spread, milliseconds. */
  readonly spreadMs: (envoys: number) => number;
  readonly renewEpoch: RenewEpoch;
  /** Whether spokes may serve envoys of which the directory does not know yet. */
  readonly isReconciling: () => boolean;
  readonly clock: Clock;
}

/** In which a hub that was restored hears of all that its spokes serve, if these are well. */
const RECONCILED_AFTER_MS = 30_000;

/** `seen`: the epoch under which the agent was last served; 0 if it does not know. */
export type Locate = (
  peer: { envoyId: string; keyHash: string },
  seen: number,
) => Promise<MessageInitShape<typeof LocateResponseSchema>>;

/** Throws IDENTITY_REVOKED, SPOKE_UNAVAILABLE. */
export function createLocate(options: LocateOptions): Locate {
  const { directory, repository, links, clock } = options;
  return async (peer, seen) => {
    const row = await repository.find(peer.envoyId);
    const placement = directory.get(peer.envoyId);
    if (!row && options.isReconciling()) {
      // An agent that is told that it was revoked stops for good.
      throw new VigoError(
        'SPOKE_UNAVAILABLE',
        `the hub was restored from a backup and is still asking its spokes who serves envoy ${peer.envoyId}: ask again later`,
        { retryAfterMs: RECONCILED_AFTER_MS },
      );
    }
    if (!row || !placement || placement.enrolling || options.keyHash(row.public_key) !== peer.keyHash) {
      throw new VigoError(
        'IDENTITY_REVOKED',
        `envoy ${peer.envoyId} is not enrolled in this fleet any more: enrol this machine anew`,
      );
    }
    if (seen > placement.epoch) await options.renewEpoch(placement, seen);
    const endpoint = links.find(placement.spoke)?.endpoint;
    if (!endpoint) throw new VigoError('SPOKE_UNAVAILABLE', 'no spoke serves this envoy now: ask again later');
    const spread = options.spreadMs(directory.countOn(placement.spoke));
    return { owner: endpoint, epoch: placement.epoch, nextCheckinAfterMs: Math.round(spread * clock.random()) };
  };
}
