import { expect } from 'chai';
import { type Claim, judgeClaim, type KnownEnvoy } from '../../../src/fleet/envoy-claims.ts';

const WHO = { hostname: 'a.example.com', enrolledAt: 1 };
const known = (spoke: string, epoch: number, more: Partial<KnownEnvoy> = {}): KnownEnvoy => ({
  id: 'a',
  identity: WHO,
  spoke,
  epoch,
  maxEpoch: epoch + 1_000,
  revoked: false,
  ...more,
});
const serves = (epoch: number): Claim => ({ kind: 'serves', id: 'a', epoch, identity: WHO });
const released = (epoch: number, to: string): Claim => ({ kind: 'released', id: 'a', epoch, to });
const revoked: Claim = { kind: 'revoked', id: 'a' };
const inWords = (envoy: KnownEnvoy | undefined) =>
  envoy &&
  `${envoy.spoke} ${envoy.epoch} ${envoy.maxEpoch}${envoy.revoked ? ' revoked' : ''}${envoy.identity ? '' : ' ?'}`;

describe('what dc1 claims about an envoy', () => {
  const table: [string, Claim, KnownEnvoy | undefined, string | undefined, string[]?][] = [
    ['whom the directory does not know, enters it', serves(3), undefined, 'dc1 3 1003'],
    ['as the directory says, changes nothing', serves(1), known('dc1', 1), 'dc1 1 1001'],
    ['under a later epoch, counts', serves(4), known('dc1', 1), 'dc1 4 1004'],
    ['that another owned before, counts', serves(2), known('dc2', 1), 'dc1 2 1002', ['dc2 release dc1 2']],
    ['that another owns since, is over', serves(1), known('dc2', 2), 'dc2 2 1002', ['dc1 release dc2 2']],
    ['under an epoch that is over, changes nothing', serves(1), known('dc1', 3), 'dc1 3 1003'],
    [
      'under the epoch of another, gives that one a higher epoch',
      serves(2),
      known('dc2', 2),
      'dc2 1003 1003',
      ['dc1 release dc2 1003'],
    ],
    ['that was revoked, is over', serves(9), known('dc2', 2, { revoked: true }), 'dc2 2 1002 revoked', ['dc1 revoke']],
    [
      'says who it is, of whom only releases were known',
      serves(1),
      known('dc2', 2, { identity: undefined }),
      'dc2 2 1002',
      ['dc1 release dc2 2'],
    ],
    ['beyond belief, changes nothing', serves(3_000_000), known('dc2', 1), 'dc2 1 1001'],
    ['without an epoch, changes nothing', serves(0), undefined, undefined],

    ['that it went to another, counts', released(2, 'dc2'), known('dc1', 1), 'dc2 2 1002'],
    ['that it went on to another, counts', released(3, 'dc3'), known('dc2', 2), 'dc3 3 1003', ['dc2 release dc3 3']],
    ['that it went, long ago, changes nothing', released(2, 'dc2'), known('dc3', 3), 'dc3 3 1003'],
    ['that it went where it is, changes nothing', released(2, 'dc2'), known('dc2', 2), 'dc2 2 1002'],
    ['that it came to nothing, gives the owner its epoch', released(3, 'dc2'), known('dc2', 1), 'dc2 3 1003'],
    ['whom nobody knows, is kept for later', released(2, 'dc2'), undefined, 'dc2 2 1002 ?'],
    ['that went nowhere, gives it a higher epoch', released(1, ''), known('dc1', 1), 'dc1 1002 1002'],
    ['that went to itself, gives it a higher epoch', released(7, 'dc1'), known('dc1', 1), 'dc1 1008 1008'],
    ['that went under the epoch it has, gives it a higher one', released(1, 'dc2'), known('dc1', 1), 'dc1 1002 1002'],
    ['that went nowhere, of a stranger, names no owner', released(2, ''), undefined, ' 0 1002 ?'],
    [
      'that went, of one that was revoked',
      released(2, 'dc2'),
      known('dc1', 1, { revoked: true }),
      'dc1 1 1001 revoked',
    ],

    ['that it was revoked, counts', revoked, known('dc1', 1), 'dc1 1 1001 revoked'],
    ['that it was revoked, counts for others', revoked, known('dc2', 5), 'dc2 5 1005 revoked', ['dc2 revoke']],
    ['that it was revoked, is kept of a stranger', revoked, undefined, 'dc1 0 0 revoked ?'],
  ];
  for (const [what, claim, before, after, orders = []] of table) {
    it(`${claim.kind} ${what}`, () => {
      const judged = judgeClaim('dc1', claim, before);
      expect(inWords(judged.envoy)).to.equal(after);
      expect(
        judged.orders.map(({ spoke, kind, to, epoch }) =>
          kind === 'revoke' ? `${spoke} revoke` : `${spoke} release ${to} ${epoch}`,
        ),
      ).to.deep.equal(orders);
      expect(judged.disbelieved ?? false).to.equal(claim.kind === 'serves' && (claim.epoch === 0 || claim.epoch > 1e6));
    });
  }
});
