/** Whether the caller is an envoy of this fleet, with the key that it was enrolled with: for what envoys ask of a hub. */
import { VigoError } from '../../fleet/errors.ts';
import type { DirectoryRepository, PlacementRow } from '../store/directory-repository.ts';
import type { Directory, Placement } from './directory.ts';

export interface KnownEnvoyOptions {
  readonly directory: Directory;
  readonly repository: Pick<DirectoryRepository, 'find'>;
  readonly keyHash: (publicKey: Uint8Array) => string;
  /** Whether spokes may serve envoys of which the directory does not know yet: the hub was restored from a backup. */
  readonly isReconciling: () => boolean;
}

/** In which a hub that was restored hears of all that its spokes serve, if these are well. */
const RECONCILED_AFTER_MS = 30_000;

/** Throws IDENTITY_REVOKED, or SPOKE_UNAVAILABLE as long as nobody knows. */
export type KnownEnvoy = (peer: {
  envoyId: string;
  keyHash: string;
}) => Promise<{ row: PlacementRow; placement: Placement }>;

export function createKnownEnvoy(options: KnownEnvoyOptions): KnownEnvoy {
  const { directory, repository, keyHash } = options;
  return async (peer) => {
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
    if (!row || !placement || placement.enrolling || keyHash(row.public_key) !== peer.keyHash) {
      throw new VigoError(
        'IDENTITY_REVOKED',
        `envoy ${peer.envoyId} is not enrolled in this fleet any more: enrol this machine anew`,
      );
    }
    return { row, placement };
  };
}
