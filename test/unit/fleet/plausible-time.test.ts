import { expect } from 'chai';
import { plausibleTime } from '../../../src/fleet/plausible-time.ts';

describe('plausibleTime', () => {
  const NOW = Date.UTC(2030, 0, 1);
  const HOUR = 3600_000;

  for (const good of [1, NOW - HOUR, NOW, NOW + HOUR]) {
    it(`keeps ${good}`, () => {
      expect(plausibleTime(good, NOW)).to.equal(good);
    });
  }
  for (const bad of [0, -1, 0.5, NOW + 48 * HOUR, 1e16, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`takes ${bad} for never`, () => {
      expect(plausibleTime(bad, NOW)).to.equal(0);
    });
  }
});
