/**
 * How often somebody may try to sign in. Tokens have 256 bits, so that nobody guesses one: this bounds the load and the noise
 * that trying makes.
 */
import type { BucketLimit } from '../../../fleet/token-bucket.ts';
import { type AddressLimiter, type AddressLimiterOptions, createAddressLimiter } from '../address-limiter.ts';

export type AttemptLimiter = AddressLimiter;

/** A person who mistypes, or a few behind one address. */
const BY_ADDRESS: BucketLimit = { perSecond: 0.5, burst: 10, maxWaitMs: 30_000 };
/** Each costs a hash and a look into the database. */
const ALTOGETHER: BucketLimit = { perSecond: 20, burst: 100, maxWaitMs: 10_000 };

export function createAttemptLimiter({ clock }: Pick<AddressLimiterOptions, 'clock'>): AttemptLimiter {
  return createAddressLimiter({
    byAddress: BY_ADDRESS,
    altogether: ALTOGETHER,
    refusal: 'too many attempts to sign in: wait a little',
    clock,
  });
}
