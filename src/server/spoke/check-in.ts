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
import { VigoError } from '../../fleet/errors.ts';
import type { CheckInRequest, CheckInResponseSchema } from '../../gen/vigo/v1/agent_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { CheckinFlusher } from './checkin-flusher.ts';
import type { EnvoyEntry, EnvoyIndex } from './envoy-index.ts';
import type { RateMeter } from './rate-meter.ts';
import { parseTraits } from './traits.ts';

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
  /** Of what this server has; empty if nothing was published. */
  readonly configVersion: () => string;
  /** Of the CAs that this server trusts. */
  readonly trustTag: () => number;
  readonly clock: Clock;
}

/** Throws IDENTITY_REVOKED, IDENTITY_UNKNOWN, NOT_SERVED_HERE or INVALID_ARGUMENT. */
export function createCheckIn(options: CheckInOptions): (request: CheckInRequest, peer: EnvoyPeer) => CheckInAnswer {
  const { index, flusher, meter, pace, configVersion, trustTag, clock } = options;
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
    entry.toldMs = nextCheckinAfter(pace, index.size, clock.random());
    flusher.touch(entry, traits);
    const published = configVersion();
    const noChange = published === request.configVersion;
    const trust = trustTag();
    return {
      nextCheckinAfterMs: entry.toldMs,
      epoch: entry.epoch,
      sendTraits: !traits && !sameDigest(entry, request.traitsDigest),
      noChange,
      // Only what is new: most answers say nothing, in a few bytes.
      configVersion: noChange ? '' : published,
      trustTag: trust === request.trustTag ? 0 : trust,
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
  parseTraits(entry.hostname, json);
  const digest = createHash('sha256').update(json).digest();
  if (!digest.equals(request.traitsDigest)) {
    throw new VigoError('INVALID_ARGUMENT', `traits of ${entry.hostname}: traits_digest is not their SHA-256`);
  }
  entry.traitsDigest = digest.toString('hex');
  // Copied: the request's bytes are a view into the network buffer.
  return { json: new Uint8Array(json), digest };
}
