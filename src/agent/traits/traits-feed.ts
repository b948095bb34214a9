/** Which traits go with the next check-in: collected now and then, sent only when the server may not have them. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { Clock } from '../../platform/clock.ts';
import { encodeTraits, traitsDigest } from './digest.ts';

export interface CollectedTraits {
  /** Canonical JSON, UTF-8. */
  readonly json: Uint8Array<ArrayBuffer>;
  readonly digest: Uint8Array<ArrayBuffer>;
}

export interface TraitsFeed {
  /** What is known of the machine, not older than the refresh interval. */
  current(): Promise<CollectedTraits>;
  /** Whether these must be sent: no server has taken them from this process yet, or one has asked. */
  isDue(collected: CollectedTraits): boolean;
  /** A server has taken them. */
  delivered(collected: CollectedTraits): void;
  /** A server does not know them. */
  requested(): void;
}

export interface TraitsFeedOptions {
  collect(): Promise<JsonObject>;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly refreshMs: number;
}

export function createTraitsFeed({ collect, clock, refreshMs }: TraitsFeedOptions): TraitsFeed {
  let latest: (CollectedTraits & { at: number }) | undefined;
  let takenDigest: Uint8Array | undefined;
  return {
    async current() {
      if (!latest || clock.monotonic() - latest.at >= refreshMs) {
        const json = encodeTraits(await collect());
        latest = { json, digest: traitsDigest(json), at: clock.monotonic() };
      }
      return latest;
    },
    isDue: ({ digest }) => takenDigest === undefined || Buffer.compare(takenDigest, digest) !== 0,
    delivered: ({ digest }) => {
      takenDigest = digest;
    },
    requested: () => {
      takenDigest = undefined;
    },
  };
}
