import { expect } from 'chai';
import fc from 'fast-check';
import { countChanges, reconcileClaims } from '../../../src/fleet/directory-reconciliation.ts';
import type { Claim, KnownEnvoy } from '../../../src/fleet/envoy-claims.ts';
import { createModel, type HistoryStep } from '../../support/claims-model.ts';

const envoy = (id: string, hostname: string, enrolledAt: number, more: Partial<KnownEnvoy> = {}): KnownEnvoy => ({
  id,
  identity: { hostname, enrolledAt },
  spoke: 'dc2',
  epoch: 1,
  maxEpoch: 1_001,
  revoked: false,
  ...more,
});
const serves = (id: string, hostname: string, enrolledAt: number): Claim => ({
  kind: 'serves',
  id,
  epoch: 1,
  identity: { hostname, enrolledAt },
});

function reconcile(directory: readonly KnownEnvoy[], ...claims: Claim[]) {
  const result = reconcileClaims({
    spoke: 'dc1',
    claims,
    known: (id) => directory.find((each) => each.id === id),
    named: (hostname) => directory.find((each) => each.identity?.hostname === hostname && !each.revoked),
  });
  return {
    changes: result.changes.map(({ after }) => `${after.id}${after.revoked ? ' revoked' : ''}`),
    orders: result.orders.map(({ spoke, kind, id }) => `${spoke} ${kind} ${id}`),
    duplicates: result.duplicates,
    numbers: countChanges(result.changes),
  };
}

describe('what a spoke claims, put together', () => {
  const NONE = { entered: 0, takenOver: 0, renewed: 0, revoked: 0 };

  it('revokes the earlier of two that have one name, wherever it is', () => {
    expect(reconcile([envoy('old', 'a', 1)], serves('new', 'a', 2))).to.deep.equal({
      changes: ['new', 'old revoked'],
      orders: ['dc2 revoke old'],
      duplicates: ['a'],
      numbers: { ...NONE, entered: 1, revoked: 1 },
    });
    expect(reconcile([envoy('new', 'a', 2)], serves('old', 'a', 1))).to.deep.equal({
      changes: ['old revoked'],
      orders: ['dc1 revoke old'],
      duplicates: ['a'],
      numbers: NONE,
    });
  });

  it('finds two of one name that it brings itself, in either order', () => {
    for (const claims of [
      [serves('old', 'a', 1), serves('new', 'a', 2)],
      [serves('new', 'a', 2), serves('old', 'a', 1)],
    ]) {
      const { orders, duplicates, numbers } = reconcile([], ...claims);
      expect({ orders, duplicates }).to.deep.equal({ orders: ['dc1 revoke old'], duplicates: ['a'] });
      expect(numbers).to.include({ entered: 1 });
    }
  });

  it('lets a name be taken that was freed by a claim before', () => {
    const { changes, duplicates } = reconcile(
      [envoy('old', 'a', 1)],
      { kind: 'revoked', id: 'old' },
      serves('new', 'a', 2),
    );
    expect({ changes, duplicates }).to.deep.equal({ changes: ['old revoked', 'new'], duplicates: [] });
  });

  it('believes the last of several claims about one envoy only as far as epochs go', () => {
    const claims: Claim[] = [
      { kind: 'serves', id: 'a', epoch: 5 },
      { kind: 'serves', id: 'a', epoch: 3 },
    ];
    expect(reconcile([envoy('a', 'a', 1)], ...claims).numbers).to.deep.equal({ ...NONE, takenOver: 1 });
  });

  it('changes nothing where all agree', () => {
    const agreed = { changes: [], orders: [], duplicates: [], numbers: NONE };
    expect(reconcile([envoy('a', 'a', 1, { spoke: 'dc1' })], serves('a', 'a', 1))).to.deep.equal(agreed);
  });
});

describe('a directory that was reconciled after a restore', () => {
  const IDS = ['dc1', 'dc2', 'dc3'];
  const small = fc.nat(5);
  const told = fc.boolean();
  const step: fc.Arbitrary<HistoryStep> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('enroll' as const), host: small, spoke: small, told }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('move' as const), envoy: small, to: small, told }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('give-up' as const), envoy: small, to: small, told }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('revoke' as const), envoy: small, told }) },
    { weight: 1, arbitrary: fc.constant({ type: 'back-up' as const }) },
  );
  const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });

  it('names the true owner of everyone, whatever happened since the backup and in whatever order spokes are asked', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40, size: 'max' }),
        order,
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        (steps, asked, batch, obeyAtOnce) => {
          const model = createModel(IDS);
          for (const each of steps) model.perform(each);
          const knewRevoked = new Set(
            model.spokes.flatMap(({ tombstones }) =>
              [...tombstones].filter(([, t]) => t.kind === 'revoked').map(([id]) => id),
            ),
          );
          const highest = new Map<string, number>();
          for (const { served, tombstones } of model.spokes)
            for (const [id, epoch] of [...served, ...[...tombstones].map(([each, t]) => [each, t.epoch] as const)])
              highest.set(id, Math.max(highest.get(id) ?? 0, epoch));
          const restored = model.restore(asked, batch, obeyAtOnce);
          model.correct(restored);

          const active = [...restored.values()].filter(({ identity, revoked }) => identity && !revoked);
          expect(new Set(active.map(({ identity }) => identity?.hostname)).size, 'one envoy a name').to.equal(
            active.length,
          );
          for (const { id, spoke, revoked } of model.directory.values()) {
            if (!revoked) {
              expect(restored.get(id)?.revoked, `${id} lives`).to.equal(false);
              expect(restored.get(id)?.spoke, `owner of ${id}`).to.equal(spoke);
            } else if (knewRevoked.has(id)) expect(restored.get(id)?.revoked, `${id} was revoked`).to.equal(true);
          }
          for (const { id, spoke, epoch, maxEpoch } of active) {
            expect(maxEpoch, `epochs of ${id}`).to.be.above(highest.get(id) ?? 0);
            for (const each of model.spokes)
              expect(each.served.get(id), `${id} of ${spoke} on ${each.id}`).to.equal(
                each.id === spoke ? epoch : undefined,
              );
          }
          for (const { id, served, released } of model.spokes)
            for (const [each, epoch] of served)
              expect(epoch, `${each} on ${id}, which has let it go`).to.be.above(released.get(each) ?? 0);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 2_000), ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}) },
    );
  }).timeout(120_000);
});
