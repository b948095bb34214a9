/**
 * What a hub that was restored from a backup makes of what a spoke says about one envoy.
 *
 * A spoke knows what it has been told by the hub before the restore: that it serves an envoy under an epoch, that it has let
 * one go to another spoke under an epoch, or that one was revoked. Of all that is said about an envoy the highest epoch is
 * right, and nothing outweighs a revocation; so it does not matter in which order spokes are asked.
 */
import { EPOCH_LEAP, MAX_EPOCH_STEP } from './epochs.ts';

export interface EnvoyIdentity {
  readonly hostname: string;
  /** Milliseconds since 1970 UTC. */
  readonly enrolledAt: number;
}

/** What the hub knows of an envoy. */
export interface KnownEnvoy {
  readonly id: string;
  /** Absent as long as nobody who serves it has said who it is: then it is in no list. */
  readonly identity: EnvoyIdentity | undefined;
  /** Its owner; empty if nobody has named one. */
  readonly spoke: string;
  readonly epoch: number;
  /** New epochs are above this. */
  readonly maxEpoch: number;
  readonly revoked: boolean;
}

export type Claim =
  | {
      readonly kind: 'serves';
      readonly id: string;
      readonly epoch: number;
      /** Needed of envoys that the directory does not know. */
      readonly identity?: EnvoyIdentity | undefined;
    }
  | {
      readonly kind: 'released';
      readonly id: string;
      readonly epoch: number;
      /** The spoke to which it sends the agent. */
      readonly to: string;
    }
  | { readonly kind: 'revoked'; readonly id: string };

/** What a spoke has to be told. */
export interface Order {
  readonly spoke: string;
  readonly kind: 'release' | 'revoke';
  readonly id: string;
  /** release: who serves it, under which epoch. */
  readonly to: string;
  readonly epoch: number;
}

export interface Judgement {
  /** What is known from now on; undefined if that is still nothing. */
  readonly envoy: KnownEnvoy | undefined;
  readonly orders: readonly Order[];
  /** The claim is beyond what can be true, and changes nothing. */
  readonly disbelieved?: true;
}

const release = (spoke: string, { id, spoke: to, epoch }: KnownEnvoy): Order[] =>
  spoke === '' || spoke === to ? [] : [{ spoke, kind: 'release', id, to, epoch }];
export const revoke = (spoke: string, id: string): Order[] =>
  spoke === '' ? [] : [{ spoke, kind: 'revoke', id, to: '', epoch: 0 }];

export function judgeClaim(spoke: string, claim: Claim, known: KnownEnvoy | undefined): Judgement {
  if (claim.kind === 'revoked') return judgeRevoked(spoke, claim.id, known);
  if (claim.epoch < 1 || claim.epoch > (known?.maxEpoch ?? 0) + MAX_EPOCH_STEP)
    return { envoy: known, orders: [], disbelieved: true };
  if (known?.revoked) return { envoy: known, orders: claim.kind === 'serves' ? revoke(spoke, known.id) : [] };
  const base = known ?? { id: claim.id, identity: undefined, spoke: '', epoch: 0, maxEpoch: 0, revoked: false };
  // Others, who have not been asked yet, may have seen somewhat higher ones.
  const heard = { ...base, maxEpoch: Math.max(base.maxEpoch, claim.epoch + EPOCH_LEAP) };
  return claim.kind === 'serves' ? judgeServes(spoke, claim, heard) : judgeReleased(spoke, claim, heard);
}

function judgeRevoked(spoke: string, id: string, known: KnownEnvoy | undefined): Judgement {
  if (known?.revoked) return { envoy: known, orders: [] };
  const nobody = { id, identity: undefined, spoke, epoch: 0, maxEpoch: 0 };
  return {
    envoy: { ...nobody, ...known, revoked: true },
    orders: known && known.spoke !== spoke ? revoke(known.spoke, id) : [],
  };
}

function judgeServes(spoke: string, claim: Extract<Claim, { kind: 'serves' }>, heard: KnownEnvoy): Judgement {
  const named = { ...heard, identity: heard.identity ?? claim.identity };
  if (claim.epoch > named.epoch) {
    const envoy = { ...named, spoke, epoch: claim.epoch };
    return { envoy, orders: release(named.spoke, envoy) };
  }
  if (named.spoke === spoke) return { envoy: named, orders: [] };
  // Two under one epoch: the one that the directory names keeps it, under a higher one, or the other would not let go.
  const envoy = claim.epoch === named.epoch ? renewed(named) : named;
  return { envoy, orders: release(spoke, envoy) };
}

/**
 * A release is ordered only once the directory names another owner, so it tells who that is. The owner may serve the envoy under a
 * lower epoch, if the release has ended a move that was given up: then the owner is given the higher one.
 */
function judgeReleased(spoke: string, claim: Extract<Claim, { kind: 'released' }>, heard: KnownEnvoy): Judgement {
  const { epoch, to } = claim;
  if (to !== '' && to !== spoke && epoch > heard.epoch) {
    const envoy = { ...heard, spoke: to, epoch };
    return { envoy, orders: heard.spoke === spoke ? [] : release(heard.spoke, envoy) };
  }
  // It will not serve under an epoch that it has given up, and nobody else is known to serve at all.
  if (heard.spoke === spoke && epoch >= heard.epoch) return { envoy: renewed(heard), orders: [] };
  return { envoy: heard, orders: [] };
}

const renewed = (envoy: KnownEnvoy): KnownEnvoy => ({
  ...envoy,
  epoch: envoy.maxEpoch + 1,
  maxEpoch: envoy.maxEpoch + 1,
});
