/**
 * A check-in: the hottest path of the server. It reads and writes memory only.
 *
 *   known here      → seen; told when to come back
 *   released        → redirected to the spoke that has it now
 *   revoked         → refused for good
 *   not known here  → refused: the agent asks the hub where it belongs
 */
import { createHash } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type CheckinPace, nextCheckinAfter } from '../../fleet/checkin-schedule.ts';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { CheckInRequest, CheckInResponseSchema } from '../../gen/vigo/v1/agent_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { CheckinFlusher } from './checkin-flusher.ts';
import type { EnvoyEntry, EnvoyIndex } from './envoy-index.ts';
import type { RateMeter } from './rate-meter.ts';

/** Traits of a large machine are a few KiB; more than this is a mistake or an attack. */
const MAX_TRAITS_BYTES = 64 * 1024;

/** Who the TLS handshake says is calling. */
export interface EnvoyPeer {
  readonly envoyId: string;
  /** `keyHash` of the certificate's public key. */
  readonly keyHash: string;
}

export type CheckInAnswer = MessageInitShape<typeof CheckInResponseSchema>;

export interface CheckInOptions {
  readonly index: EnvoyIndex;
  readonly flusher: CheckinFlusher;
  readonly meter: RateMeter;
  readonly pace: CheckinPace;
  readonly clock: Clock;
}

/** Throws IDENTITY_REVOKED, IDENTITY_UNKNOWN, NOT_SERVED_HERE or INVALID_ARGUMENT. */
export function createCheckIn(options: CheckInOptions): (request: CheckInRequest, peer: EnvoyPeer) => CheckInAnswer {
  const { index, flusher, meter, pace, clock } = options;
  return (request, peer) => {
    meter.count();
    const entry = index.get(peer.envoyId);
    if (!entry) return answerAbsent(options, peer);
    if (entry.keyHash !== peer.keyHash) {
      throw new VigoError(
        'IDENTITY_REVOKED',
        `${entry.hostname} was enrolled again with another key: enrol this machine anew`,
      );
    }
    if (request.epoch > entry.epoch) {
      // This spoke has forgotten a move, for example because it was restored from a backup: the hub knows better.
      throw new VigoError(
        'NOT_SERVED_HERE',
        `${entry.hostname} was moved under epoch ${request.epoch}, this spoke knows ${entry.epoch}`,
      );
    }
    const traits = request.traitsJson.length > 0 ? acceptTraits(entry, request) : undefined;
    entry.lastSeenAt = clock.now();
    entry.configVersion = request.configVersion;
    flusher.touch(entry, traits);
    return {
      nextCheckinAfterMs: nextCheckinAfter(pace, index.size, clock.random()),
      epoch: entry.epoch,
      sendTraits: !traits && !sameDigest(entry, request.traitsDigest),
    };
  };
}

function answerAbsent({ index, clock }: CheckInOptions, peer: EnvoyPeer): CheckInAnswer {
  const tombstone = index.tombstone(peer.envoyId);
  if (!tombstone) {
    throw new VigoError('IDENTITY_UNKNOWN', `envoy ${peer.envoyId} is not served here: ask the hub where it belongs`);
  }
  if (tombstone.kind === 'revoked') {
    throw new VigoError('IDENTITY_REVOKED', `envoy ${peer.envoyId} was revoked: enrol this machine anew`);
  }
  return {
    nextCheckinAfterMs: Math.round(tombstone.spread_ms * clock.random()),
    epoch: 0,
    redirect: {
      target: {
        address: tombstone.target_address,
        identity: tombstone.target_identity,
        spokeId: tombstone.target_spoke,
      },
      epoch: tombstone.epoch,
    },
  };
}

function sameDigest(entry: EnvoyEntry, digest: Uint8Array): boolean {
  return (
    digest.length > 0 &&
    entry.traitsDigest === Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('hex')
  );
}

function acceptTraits(entry: EnvoyEntry, request: CheckInRequest): { json: Uint8Array; digest: Uint8Array } {
  const json = request.traitsJson;
  const refuse = (why: string) => new VigoError('INVALID_ARGUMENT', `traits of ${entry.hostname}: ${why}`);
  if (json.length > MAX_TRAITS_BYTES) throw refuse(`${json.length} bytes, at most ${MAX_TRAITS_BYTES} are accepted`);
  const digest = createHash('sha256').update(json).digest();
  if (!digest.equals(request.traitsDigest)) throw refuse('traits_digest is not their SHA-256');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    throw refuse(`not JSON: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('not a JSON object');
  entry.traitsDigest = digest.toString('hex');
  // Copied: the request's bytes are a view into the network buffer.
  return { json: new Uint8Array(json), digest };
}
