import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeCursor,
  type EnvoyKey,
  type EnvoySortSpec,
  encodeCursor,
  envoyComparator,
  firstBehind,
} from '../../../src/fleet/envoy-order.ts';
import { thrownCode } from '../../support/rpc-failure.ts';

const SORTS: EnvoySortSpec[] = [
  { field: 'hostname', descending: false },
  { field: 'hostname', descending: true },
  { field: 'enrolledAt', descending: false },
  { field: 'enrolledAt', descending: true },
];
const sort = fc.constantFrom(...SORTS);
// Few different values, so that ties are frequent.
const key: fc.Arbitrary<EnvoyKey> = fc.record({
  id: fc.constantFrom('1', '2', '3', 'ä', 'Z'),
  hostname: fc.constantFrom('a', 'b', 'a-1', 'a.1', 'a1', 'ab'),
  enrolledAt: fc.integer({ min: 0, max: 3 }),
});
const keys = fc.uniqueArray(key, { maxLength: 40, selector: (each) => each.id + each.hostname });

describe('the order of envoys', () => {
  it('is total: antisymmetric, transitive, and equal only for the same envoy', () => {
    fc.assert(
      fc.property(sort, key, key, key, (by, a, b, c) => {
        const compare = envoyComparator(by);
        expect(Math.sign(compare(a, b))).to.equal(-Math.sign(compare(b, a)) || 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).to.be.at.most(0);
        const same =
          a.id === b.id && a.hostname === b.hostname && (by.field === 'hostname' || a.enrolledAt === b.enrolledAt);
        expect(compare(a, b) === 0).to.equal(same);
      }),
    );
  });

  it('compares by code unit, never by locale', () => {
    const names = ['a', 'B', 'ä', '10', '9', 'Z', 'a-b', 'a.b'].map((hostname) => ({
      id: '',
      hostname,
      enrolledAt: 0,
    }));
    expect(names.sort(envoyComparator(SORTS[0]!)).map((each) => each.hostname)).to.deep.equal([
      '10',
      '9',
      'B',
      'Z',
      'a',
      'a-b',
      'a.b',
      'ä',
    ]);
  });

  it('continues behind a row, also one that is gone', () => {
    fc.assert(
      fc.property(sort, keys, fc.option(key, { nil: undefined }), (by, all, after) => {
        const compare = envoyComparator(by);
        const sorted = all.toSorted(compare);
        const index = firstBehind(sorted, compare, after);
        const expected = after ? sorted.filter((each) => compare(each, after) <= 0).length : 0;
        expect(index).to.equal(expected);
      }),
    );
  });

  it('goes into a cursor and back', () => {
    const any = fc.record({ id: fc.string(), hostname: fc.string(), enrolledAt: fc.maxSafeNat() });
    fc.assert(
      fc.property(sort, any, (by, row) => {
        const cursor = encodeCursor(by, row);
        expect(cursor).to.match(/^[\w-]+$/);
        expect(decodeCursor(by, cursor)).to.deep.equal(row);
      }),
    );
  });

  it('refuses cursors of another order, and anything else', () => {
    const cursor = encodeCursor(SORTS[0]!, { id: 'i', hostname: 'h', enrolledAt: 1 });
    for (const by of SORTS.slice(1)) expect(thrownCode(() => decodeCursor(by, cursor))).to.equal('INVALID_CURSOR');
    const odd = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const bad = [
      '',
      'x',
      '####',
      odd(null),
      odd({}),
      odd([2, 'hostname', false, 'h', 'i', 1]),
      odd([1, 'hostname', false, 'h', 'i', 'late']),
      odd([1, 'hostname', false, 7, 'i', 1]),
    ];
    for (const text of bad)
      expect(
        thrownCode(() => decodeCursor(SORTS[0]!, text)),
        text,
      ).to.equal('INVALID_CURSOR');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(thrownCode(() => decodeCursor(SORTS[0]!, text))).to.equal('INVALID_CURSOR');
      }),
    );
  });
});
