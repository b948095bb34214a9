// Durations on the command line.
import { expect } from 'chai';
import { parseDuration } from '../../../src/cli/flags/duration.ts';
import { VigoError } from '../../../src/fleet/errors.ts';

describe('durations', () => {
  for (const [text, ms] of [
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['365d', 31_536_000_000],
  ] as const) {
    it(`understand ${text}`, () => {
      expect(parseDuration(text)).to.equal(ms);
    });
  }

  for (const text of ['', '5', 'h', '-1h', '1.5h', '0s', '5 minutes', '400d', '9'.repeat(30)]) {
    it(`refuse ${JSON.stringify(text)}`, () => {
      expect(() => parseDuration(text)).to.throw(VigoError, 'is not a duration');
    });
  }
});
