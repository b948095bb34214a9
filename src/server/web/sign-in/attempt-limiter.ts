/**
 * How often somebody may try to sign in, by address and all together. Tokens have 256 bits, so that nobody guesses one: this
 * bounds the load and the noise that trying makes.
 */
import { VigoError } from '../../../fleet/errors.ts';
import { type Bucket, type BucketLimit, FULL_BUCKET, takeToken } from '../../../fleet/token-bucket.ts';
import type { Clock } from '../../../platform/clock.ts';

export interface AttemptLimiter {
  /** Counts an attempt from `address`. Throws OVERLOADED with the time after which to come back. */
  enter(address: string): void;
  /** Addresses that are remembered. */
  readonly size: number;
}

/** A person who mistypes, or a few behind one address. */
const BY_ADDRESS: BucketLimit = { perSecond: 0.5, burst: 10, maxWaitMs: 30_000 };
/** Each costs a hash and a look into the database. */
const ALTOGETHER: BucketLimit = { perSecond: 20, burst: 100, maxWaitMs: 10_000 };
/** A megabyte or so. Beyond, the address that was heard of longest ago is forgotten: the bound for all still holds. */
const MAX_ADDRESSES = 10_000;

export function createAttemptLimiter({
  clock,
}: {
  readonly clock: Pick<Clock, 'monotonic' | 'random'>;
}): AttemptLimiter {
  const buckets = new Map<string, Bucket>();
  let all = FULL_BUCKET;
  const refuseFor = (retryAfterMs: number | undefined): void => {
    if (retryAfterMs === undefined) return;
    throw new VigoError('OVERLOADED', 'too many attempts to sign in: wait a little', { retryAfterMs });
  };
  const remember = (key: string, bucket: Bucket): void => {
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > MAX_ADDRESSES) buckets.delete(buckets.keys().next().value as string);
  };
  return {
    get size() {
      return buckets.size;
    },
    enter(address) {
      const now = clock.monotonic();
      const key = networkOf(address);
      const one = takeToken(buckets.get(key) ?? FULL_BUCKET, BY_ADDRESS, now, clock.random());
      remember(key, one.bucket);
      refuseFor(one.retryAfterMs);
      const every = takeToken(all, ALTOGETHER, now, clock.random());
      all = every.bucket;
      refuseFor(every.retryAfterMs);
    },
  };
}

/** What one holder of addresses can vary at will counts as one: of IPv6 the last 64 bits. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}
