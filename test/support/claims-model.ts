/**
 * A fleet in plain maps, for histories in their thousands: what a hub did, what its spokes remember of it, and a hub that starts
 * anew from what it knew at some moment before.
 */
import { type ClaimsInput, reconcileClaims } from '../../src/fleet/directory-reconciliation.ts';
import type { Claim, KnownEnvoy, Order } from '../../src/fleet/envoy-claims.ts';
import { EPOCH_LEAP } from '../../src/fleet/epochs.ts';
import { correctionsFor } from '../../src/fleet/spoke-corrections.ts';

interface Tombstone {
  readonly kind: 'released' | 'revoked';
  readonly epoch: number;
  readonly to: string;
}

export interface ModelSpoke {
  readonly id: string;
  readonly served: Map<string, number>;
  readonly tombstones: Map<string, Tombstone>;
  /** Highest epoch under which it has let each go. */
  readonly released: Map<string, number>;
}

export type HistoryStep =
  | { readonly type: 'enroll'; readonly host: number; readonly spoke: number; readonly told: boolean }
  | { readonly type: 'move'; readonly envoy: number; readonly to: number; readonly told: boolean }
  | { readonly type: 'give-up'; readonly envoy: number; readonly to: number; readonly told: boolean }
  | { readonly type: 'revoke'; readonly envoy: number; readonly told: boolean }
  | { readonly type: 'back-up' };

const REVOKED = 2 ** 31 - 1;

export function createModel(spokeIds: readonly string[]) {
  const spokes = spokeIds.map(
    (id): ModelSpoke => ({ id, served: new Map(), tombstones: new Map(), released: new Map() }),
  );
  const directory = new Map<string, KnownEnvoy>();
  let backup = new Map<string, KnownEnvoy>();
  let enrolments = 0;

  const spokeOf = (id: string) => spokes.find((spoke) => spoke.id === id) as ModelSpoke;
  const active = () => [...directory.values()].filter(({ revoked }) => !revoked);
  const adopt = (spoke: ModelSpoke, id: string, epoch: number): void => {
    if (Math.max(spoke.served.get(id) ?? 0, spoke.tombstones.get(id)?.epoch ?? 0) >= epoch) return;
    spoke.tombstones.delete(id);
    spoke.served.set(id, epoch);
  };
  const obey = ({ spoke: name, kind, id, to, epoch }: Order): void => {
    const spoke = spokeOf(name);
    const known = Math.max(spoke.served.get(id) ?? 0, spoke.tombstones.get(id)?.epoch ?? 0);
    if (kind === 'release' && known >= epoch) return;
    if (kind === 'release') spoke.released.set(id, epoch);
    spoke.served.delete(id);
    spoke.tombstones.set(
      id,
      kind === 'revoke' ? { kind: 'revoked', epoch: REVOKED, to: '' } : { kind: 'released', epoch, to },
    );
  };
  const revoke = (envoy: KnownEnvoy, told: boolean): void => {
    directory.set(envoy.id, { ...envoy, revoked: true });
    if (told) obey({ spoke: envoy.spoke, kind: 'revoke', id: envoy.id, to: '', epoch: 0 });
  };

  const perform = (step: HistoryStep): void => {
    if (step.type === 'back-up') {
      backup = new Map(directory);
      return;
    }
    if (step.type === 'enroll') {
      const hostname = `web${step.host}`;
      const old = active().find(({ identity }) => identity?.hostname === hostname);
      if (old) revoke(old, step.told);
      const id = `envoy-${++enrolments}`;
      const { id: spoke } = spokes[step.spoke % spokes.length] as ModelSpoke;
      const identity = { hostname, enrolledAt: enrolments };
      directory.set(id, { id, identity, spoke, epoch: 1, maxEpoch: 1, revoked: false });
      adopt(spokeOf(spoke), id, 1);
      return;
    }
    const all = active();
    const envoy = all[step.envoy % all.length];
    if (!envoy) return;
    if (step.type === 'revoke') {
      revoke(envoy, step.told);
      return;
    }
    const to = spokes[step.to % spokes.length] as ModelSpoke;
    if (to.id === envoy.spoke) return;
    const { id, spoke: from } = envoy;
    const epoch = envoy.maxEpoch + 1;
    adopt(to, id, epoch);
    if (step.type === 'move') {
      directory.set(id, { ...envoy, spoke: to.id, epoch, maxEpoch: epoch });
      if (step.told) obey({ spoke: from, kind: 'release', id, to: to.id, epoch });
    } else {
      // The target has to let go again: a give-up that it is not told of would be a move that was committed nowhere.
      directory.set(id, { ...envoy, maxEpoch: epoch + 1 });
      obey({ spoke: to.id, kind: 'release', id, to: from, epoch: epoch + 1 });
    }
  };

  const claimsOf = (
    spoke: ModelSpoke,
    known: ReadonlyMap<string, KnownEnvoy>,
    who: ReadonlyMap<string, KnownEnvoy>,
  ): Claim[] => [
    ...[...spoke.tombstones].map(
      ([id, { kind, epoch, to }]): Claim => (kind === 'revoked' ? { kind, id } : { kind, id, epoch, to }),
    ),
    ...[...spoke.served].map(
      ([id, epoch]): Claim => ({
        kind: 'serves',
        id,
        epoch,
        identity: known.get(id)?.identity ?? who.get(id)?.identity,
      }),
    ),
  ];

  return {
    spokes,
    /** What is true. */
    directory,
    perform,
    /** A hub that knows what it knew at the backup, once it has heard all spokes in this order, part by part. */
    restore(order: readonly number[], batch: number, obeyAtOnce: boolean): Map<string, KnownEnvoy> {
      const restored = new Map<string, KnownEnvoy>();
      for (const [id, envoy] of backup)
        restored.set(id, { ...envoy, maxEpoch: envoy.revoked ? envoy.maxEpoch : envoy.maxEpoch + EPOCH_LEAP });
      const named: ClaimsInput['named'] = (hostname) =>
        [...restored.values()].find(({ identity, revoked }) => identity?.hostname === hostname && !revoked);
      const orders: Order[] = [];
      for (const at of order) {
        const spoke = spokes[at] as ModelSpoke;
        const claims = claimsOf(spoke, restored, directory);
        for (let start = 0; start < claims.length; start += batch) {
          const part = claims.slice(start, start + batch);
          const result = reconcileClaims({ spoke: spoke.id, claims: part, known: (id) => restored.get(id), named });
          for (const { after } of result.changes) restored.set(after.id, after);
          if (obeyAtOnce) result.orders.forEach(obey);
          else orders.push(...result.orders);
        }
      }
      orders.forEach(obey);
      return restored;
    },
    /** Probes, each of which corrects what a spoke has, until there is nothing to correct. */
    correct(restored: ReadonlyMap<string, KnownEnvoy>): void {
      const entry = (envoy: KnownEnvoy | undefined) =>
        envoy && !envoy.revoked && envoy.identity
          ? { id: envoy.id, spoke: envoy.spoke, epoch: envoy.epoch, unsettled: false }
          : undefined;
      for (let round = 0; round < 4; round++) {
        for (const spoke of spokes) {
          const owned = [...restored.values()]
            .flatMap((envoy) => entry(envoy) ?? [])
            .filter((each) => each.spoke === spoke.id);
          const found = [...spoke.served].map(([id, epoch]) => ({ id, epoch }));
          const told = correctionsFor(spoke.id, owned, found, (id) => entry(restored.get(id)));
          for (const id of told.adopt) adopt(spoke, id, (restored.get(id) as KnownEnvoy).epoch);
          for (const { id, to, epoch } of told.release) obey({ spoke: spoke.id, kind: 'release', id, to, epoch });
          for (const id of told.unknown)
            if (restored.get(id)?.revoked) obey({ spoke: spoke.id, kind: 'revoke', id, to: '', epoch: 0 });
        }
      }
    },
  };
}
