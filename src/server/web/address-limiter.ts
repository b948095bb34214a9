/** How often something may be asked for that costs a little, by address and all together. */
import { VigoError } from '../../fleet/errors.ts';
import { type Bucket, type BucketLimit, FULL_BUCKET, takeToken } from '../../fleet/token-bucket.ts';
import type { Clock } from '../../platform/clock.ts';

export interface AddressLimiter {
  /** Counts a call from `address`. Throws OVERLOADED with the time after which to come back. */
  enter(address: string): void;
  /** Addresses that are remembered. */
  readonly size: number;
}

export interface AddressLimiterOptions {
  readonly byAddress: BucketLimit;
  readonly altogether: BucketLimit;
  /** What who is refused is told. */
  readonly refusal: string;
  readonly clock: Pick<Clock, 'monotonic' | 'random'>;
}

/** A megabyte or so. Beyond, the address that was heard of longest ago is forgotten: the bound for all still holds. */
const MAX_ADDRESSES = 10_000;

export function createAddressLimiter({ byAddress, altogether, refusal, clock }: AddressLimiterOptions): AddressLimiter {
  const buckets = new Map<string, Bucket>();
  let all = FULL_BUCKET;
  const refuseFor = (retryAfterMs: number | undefined): void => {
    if (retryAfterMs === undefined) return;
    throw new VigoError('OVERLOADED', refusal, { retryAfterMs });
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
      const one = takeToken(buckets.get(key) ?? FULL_BUCKET, byAddress, now, clock.random());
      remember(key, one.bucket);
      refuseFor(one.retryAfterMs);
      const every = takeToken(all, altogether, now, clock.random());
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
