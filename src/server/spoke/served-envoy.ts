/** Whether the caller is an envoy that is served here, for all calls but the check-in, which also redirects. */
import { VigoError } from '../../fleet/errors.ts';
import type { EnvoyPeer } from './check-in.ts';
import type { EnvoyEntry, EnvoyIndex } from './envoy-index.ts';

/** Throws IDENTITY_REVOKED, IDENTITY_UNKNOWN or NOT_SERVED_HERE; after the last two the next check-in tells where to go. */
export function servedEnvoy(index: EnvoyIndex, peer: EnvoyPeer): EnvoyEntry {
  const entry = index.get(peer.envoyId);
  if (!entry) throw absent(index, peer);
  if (entry.keyHash !== peer.keyHash) {
    const message = `${entry.hostname} was enrolled again with another key: enrol this machine anew`;
    throw new VigoError('IDENTITY_REVOKED', message);
  }
  return entry;
}

function absent(index: EnvoyIndex, { envoyId }: EnvoyPeer): VigoError {
  const tombstone = index.tombstone(envoyId);
  if (!tombstone) {
    return new VigoError('IDENTITY_UNKNOWN', `envoy ${envoyId} is not served here: ask the hub where it belongs`);
  }
  return tombstone.kind === 'revoked'
    ? new VigoError('IDENTITY_REVOKED', `envoy ${envoyId} was revoked: enrol this machine anew`)
    : new VigoError(
        'NOT_SERVED_HERE',
        `envoy ${envoyId} has moved to ${tombstone.target_spoke}: check in to be redirected`,
      );
}
