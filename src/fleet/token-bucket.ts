/**
 * Which calls a server takes, and when those that it refuses are to come back: a token bucket with a waiting list.
 *
 * The bucket fills at `perSecond` and holds `burst` calls. A call that finds it empty is refused and given a place on the
 * waiting list: places lie twice as far apart as calls may come, so that one half of what the server can take is there for
 * the refused and the other for those who come in time. Nobody is held to his place; who comes back early is weighed like
 * everyone else, and the list only spreads them.
 */
export interface BucketLimit {
  /** Calls per second, over any length of time. */
  readonly perSecond: number;
  /** Calls that may come at once, at least 1. */
  readonly burst: number;
  /** The waiting list is no longer than this, milliseconds; who does not fit is spread over its second half. */
  readonly maxWaitMs: number;
}

export interface Bucket {
  /** When it will be full again, milliseconds on the clock of `now`. */
  readonly fullAt: number;
  /** The last place on the waiting list that is given away, on the same clock. */
  readonly bookedUntil: number;
}

export interface BucketVerdict {
  readonly bucket: Bucket;
  /** When a refused call is to come back, milliseconds from now; undefined if it is taken. */
  readonly retryAfterMs: number | undefined;
}

/** Of what the server can take, this part is for calls that were refused before. */
const SHARE_OF_THE_REFUSED = 0.5;

/** Full, with nobody waiting. */
export const FULL_BUCKET: Bucket = { fullAt: 0, bookedUntil: 0 };

/** One call at `now`, on any clock that does not go back; `random` in [0, 1). */
export function takeToken(bucket: Bucket, limit: BucketLimit, now: number, random: number): BucketVerdict {
  const tokenMs = 1000 / limit.perSecond;
  const emptyAfterMs = (limit.burst - 1) * tokenMs;
  if (bucket.fullAt - now > emptyAfterMs + ROUNDING_MS) return refuseCall(bucket, limit, now, random);
  return { bucket: { ...bucket, fullAt: Math.max(bucket.fullAt, now) + tokenMs }, retryAfterMs: undefined };
}

/** A place on the waiting list for a call that is not taken, whether or not there is a token for it. */
export function refuseCall(bucket: Bucket, limit: BucketLimit, now: number, random: number): BucketVerdict {
  const tokenMs = 1000 / limit.perSecond;
  const nextTokenAt = Math.max(now, bucket.fullAt - (limit.burst - 1) * tokenMs);
  const bookedUntil = Math.max(bucket.bookedUntil, nextTokenAt) + tokenMs / SHARE_OF_THE_REFUSED;
  const waitMs = bookedUntil - now;
  if (waitMs > limit.maxWaitMs) return { bucket, retryAfterMs: limit.maxWaitMs * (0.5 + random / 2) };
  return { bucket: { ...bucket, bookedUntil }, retryAfterMs: waitMs };
}

/** Sums of fractions of a millisecond are not exact; this much is no call too early. */
const ROUNDING_MS = 1e-6;
