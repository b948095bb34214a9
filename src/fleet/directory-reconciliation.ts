/**
 * What the directory of a restored hub becomes when a spoke says whom it serves, whom it has let go, and who was revoked.
 *
 * Each claim is judged by itself (`envoy-claims.ts`); here they are put together: one envoy may be claimed more than once,
 * and two envoys may turn out to have one host name. Of those the one that was enrolled later stays, because its enrolment
 * was possible only when the other was revoked or replaced; the other is revoked.
 */
import { type Claim, judgeClaim, type KnownEnvoy, type Order, revoke } from './envoy-claims.ts';

export interface ClaimsInput {
  /** Who says it. */
  readonly spoke: string;
  readonly claims: readonly Claim[];
  readonly known: (id: string) => KnownEnvoy | undefined;
  /** The active envoy of this host name. */
  readonly named: (hostname: string) => KnownEnvoy | undefined;
}

export interface EnvoyChange {
  readonly before: KnownEnvoy | undefined;
  readonly after: KnownEnvoy;
}

export interface Reconciliation {
  /** Each envoy at most once. */
  readonly changes: readonly EnvoyChange[];
  readonly orders: readonly Order[];
  /** Host names that two envoys had; one of them is revoked. */
  readonly duplicates: readonly string[];
  /** Claims that changed nothing, because they cannot be true. */
  readonly disbelieved: number;
}

/** What has become of envoys, in numbers. */
export interface ReconciledNumbers {
  /** The directory did not know them. */
  readonly entered: number;
  /** They have another owner. */
  readonly takenOver: number;
  /** They have another epoch, and the same owner. */
  readonly renewed: number;
  readonly revoked: number;
}

const isActive = (envoy: KnownEnvoy | undefined): boolean => envoy?.identity !== undefined && !envoy.revoked;

export function reconcileClaims({ spoke, claims, known, named }: ClaimsInput): Reconciliation {
  const changed = new Map<string, EnvoyChange>();
  const names = new Map<string, string>();
  const orders: Order[] = [];
  const duplicates: string[] = [];
  let disbelieved = 0;

  const current = (id: string): KnownEnvoy | undefined => changed.get(id)?.after ?? known(id);
  const change = (after: KnownEnvoy): void => {
    const first = changed.get(after.id);
    changed.set(after.id, { before: first ? first.before : known(after.id), after });
  };
  const ownerOf = (hostname: string): KnownEnvoy | undefined => {
    const here = names.get(hostname);
    const envoy = here === undefined ? named(hostname) : current(here);
    const now = envoy && current(envoy.id);
    return now && isActive(now) ? now : undefined;
  };
  /** An envoy comes to its host name, which another may have. */
  const nameOf = (envoy: KnownEnvoy): void => {
    const { hostname } = envoy.identity as NonNullable<KnownEnvoy['identity']>;
    const other = ownerOf(hostname);
    const loser = other && other.id !== envoy.id ? earlierOf(other, envoy) : undefined;
    if (loser !== envoy) names.set(hostname, envoy.id);
    if (!loser) return;
    change({ ...loser, revoked: true });
    const told = new Set(loser === envoy ? [envoy.spoke, spoke] : [loser.spoke]);
    for (const each of told) orders.push(...revoke(each, loser.id));
    duplicates.push(hostname);
  };

  for (const claim of claims) {
    const before = current(claim.id);
    const judged = judgeClaim(spoke, claim, before);
    orders.push(...judged.orders);
    if (judged.disbelieved) disbelieved++;
    const after = judged.envoy;
    if (!after || (before && sameEnvoy(before, after))) continue;
    change(after);
    if (isActive(after) && !isActive(before)) nameOf(after);
  }
  return { changes: [...changed.values()], orders, duplicates, disbelieved };
}

function earlierOf(a: KnownEnvoy, b: KnownEnvoy): KnownEnvoy {
  const at = (envoy: KnownEnvoy) => envoy.identity?.enrolledAt ?? 0;
  if (at(a) !== at(b)) return at(a) < at(b) ? a : b;
  return a.id < b.id ? a : b;
}

const sameEnvoy = (a: KnownEnvoy, b: KnownEnvoy): boolean =>
  a.identity === b.identity &&
  a.spoke === b.spoke &&
  a.epoch === b.epoch &&
  a.maxEpoch === b.maxEpoch &&
  a.revoked === b.revoked;

export function countChanges(changes: readonly EnvoyChange[]): ReconciledNumbers {
  const count = (matches: (change: EnvoyChange) => boolean) => changes.filter(matches).length;
  const stays = ({ before, after }: EnvoyChange) => isActive(before) && isActive(after);
  return {
    entered: count(({ before, after }) => !isActive(before) && isActive(after)),
    takenOver: count((each) => stays(each) && each.before?.spoke !== each.after.spoke),
    renewed: count(
      (each) => stays(each) && each.before?.spoke === each.after.spoke && each.before?.epoch !== each.after.epoch,
    ),
    revoked: count(({ before, after }) => isActive(before) && after.revoked),
  };
}
