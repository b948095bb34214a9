/** Whether the caller is an envoy of this fleet, with the key that it was enrolled with: for what envoys ask of a hub. */
import { VigoError } from '../../fleet/errors.ts';
import type { DirectoryRepository, PlacementRow } from '../store/directory-repository.ts';
import type { Directory, Placement } from './directory.ts';

export interface KnownEnvoyOptions {
  readonly directory: Directory;
  readonly repository: Pick<DirectoryRepository, 'find'>;
  readonly keyHash: (publicKey: Uint8Array) => string;
}

/** Throws IDENTITY_REVOKED. */
export type KnownEnvoy = (peer: {
  envoyId: string;
  keyHash: string;
}) => Promise<{ row: PlacementRow; placement: Placement }>;

export function createKnownEnvoy({ directory, repository, keyHash }: KnownEnvoyOptions): KnownEnvoy {
  return async (peer) => {
    const row = await repository.find(peer.envoyId);
    const placement = directory.get(peer.envoyId);
    if (!row || !placement || placement.enrolling || keyHash(row.public_key) !== peer.keyHash) {
      throw new VigoError(
        'IDENTITY_REVOKED',
        `envoy ${peer.envoyId} is not enrolled in this fleet any more: enrol this machine anew`,
      );
    }
    return { row, placement };
  };
}
