/** "My spoke does not answer: who serves me?" The directory answers, also when the old owner is dead. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { VigoError } from '../../fleet/errors.ts';
import type { LocateResponseSchema } from '../../gen/vigo/v1/hub_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { Directory } from './directory.ts';
import type { RenewEpoch } from './epoch-renewal.ts';
import type { KnownEnvoy } from './known-envoy.ts';
import type { PartitionLinks } from './partition-links.ts';

export interface LocateOptions {
  readonly directory: Directory;
  /** Throws IDENTITY_REVOKED for who is not enrolled, or not with this key. */
  readonly known: KnownEnvoy;
  readonly links: PartitionLinks;
  /** Time over which the agents of a spoke with so many envoys are spread, milliseconds. */
  readonly spreadMs: (envoys: number) => number;
  readonly renewEpoch: RenewEpoch;
  readonly clock: Clock;
}

/** `seen`: the epoch under which the agent was last served; 0 if it does not know. */
export type Locate = (
  peer: { envoyId: string; keyHash: string },
  seen: number,
) => Promise<MessageInitShape<typeof LocateResponseSchema>>;

/** Throws IDENTITY_REVOKED, SPOKE_UNAVAILABLE. */
export function createLocate(options: LocateOptions): Locate {
  const { directory, known, links, clock } = options;
  return async (peer, seen) => {
    const { placement } = await known(peer);
    if (seen > placement.epoch) await options.renewEpoch(placement, seen);
    const endpoint = links.find(placement.spoke)?.endpoint;
    if (!endpoint) throw new VigoError('SPOKE_UNAVAILABLE', 'no spoke serves this envoy now: ask again later');
    const spread = options.spreadMs(directory.countOn(placement.spoke));
    return { owner: endpoint, epoch: placement.epoch, nextCheckinAfterMs: Math.round(spread * clock.random()) };
  };
}
