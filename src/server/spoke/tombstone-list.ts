/** What a spoke remembers of envoys that it does not serve, in messages that are small enough to stream. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ListTombstonesResponseSchema } from '../../gen/vigo/v1/spoke_pb.js';
import type { TombstoneRow } from '../store/fleet-repository.ts';
import type { EnvoyIndex } from './envoy-index.ts';

/** As in every other call about many envoys. */
const PER_MESSAGE = 1_000;

/** As it is when the list begins; always at least one message, so that a stream has a first one. */
export function* tombstoneMessages(
  index: Pick<EnvoyIndex, 'tombstones'>,
): Generator<MessageInitShape<typeof ListTombstonesResponseSchema>> {
  const rows = [...index.tombstones()];
  for (let start = 0; start === 0 || start < rows.length; start += PER_MESSAGE) {
    yield { tombstones: rows.slice(start, start + PER_MESSAGE).map(tombstoneOf) };
  }
}

const tombstoneOf = ({ id, kind, epoch, target_spoke }: TombstoneRow) =>
  kind === 'revoked' ? { id, revoked: true } : { id, epoch, targetSpokeId: target_spoke };
