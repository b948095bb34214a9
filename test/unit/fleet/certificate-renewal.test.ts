/** When a certificate is due. */
import { expect } from 'chai';
import {
  type HeldCertificate,
  type RenewalReason,
  renewalDue,
  renewsAt,
} from '../../../src/fleet/certificate-renewal.ts';

const DAY_MS = 24 * 3_600_000;
const LIFE = { issuedAt: 1_000, endsAt: 1_000 + 90 * DAY_MS };
const GOOD = { ...LIFE, byCurrentCa: true, trustsCurrent: true };

describe('the renewal of a certificate', () => {
  it('is due at two thirds of its life', () => {
    expect(renewsAt(LIFE)).to.equal(1_000 + 60 * DAY_MS);
  });

  const cases: [what: string, held: Partial<HeldCertificate>, day: number, due: RenewalReason | undefined][] = [
    ['a new one', {}, 0, undefined],
    ['one just before', {}, 59.99, undefined],
    ['one at two thirds', {}, 60.01, 'age'],
    ['one that has ended', {}, 100, 'age'],
    ['one of the CA before', { byCurrentCa: false }, 0, 'ca'],
    ['one whose holder trusts others', { trustsCurrent: false }, 0, 'trust'],
    ['an old one of the CA before', { byCurrentCa: false, trustsCurrent: false }, 80, 'ca'],
  ];
  for (const [what, held, day, due] of cases) {
    it(`of ${what}: ${due ?? 'not due'}`, () => {
      expect(renewalDue({ ...GOOD, ...held }, LIFE.issuedAt + day * DAY_MS)).to.equal(due);
    });
  }
});
