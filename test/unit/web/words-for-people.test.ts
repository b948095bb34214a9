// Numbers, times and states as the pages say them.
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import type { SpokeHealth } from '../../../src/gen/vigo/v1/admin_pb.js';
import { EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { complianceText, STATUS_PARTS, totalOf } from '../../../web/src/lib/compliance.ts';
import { bytes, count, counted, milliseconds, percent } from '../../../web/src/lib/numbers.ts';
import { clockTime, localTime, millis, relative, span, took } from '../../../web/src/lib/times.ts';
import { lookOf } from '../../../web/src/lib/tones.ts';
import { healthWord, statusWord } from '../../../web/src/lib/words.ts';

describe('numbers on the pages', () => {
  it('have thousands separators and the right noun', () => {
    expect(count(100_000)).to.equal('100,000');
    expect(counted(1, 'envoy')).to.equal('1 envoy');
    expect(counted(1200, 'entry', 'entries')).to.equal('1,200 entries');
  });

  it('are never rounded up to all', () => {
    expect(percent(99_999, 100_000)).to.equal('99.9 %');
    expect(percent(100_000, 100_000)).to.equal('100 %');
    expect(percent(0, 3)).to.equal('0.0 %');
    expect(percent(0, 0)).to.equal(null);
  });

  it('have units that fit', () => {
    expect(milliseconds(1.23)).to.equal('1.2 ms');
    expect(milliseconds(1234.5)).to.equal('1,235 ms');
    expect([bytes(0), bytes(512), bytes(48_213), bytes(5 * 2 ** 30)]).to.deep.equal([
      '0 bytes',
      '512 bytes',
      '47.1 KiB',
      '5.0 GiB',
    ]);
  });
});

describe('times on the pages', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');

  it('are as far away as the largest whole unit', () => {
    expect(relative(now - 90_000, now)).to.equal('1m ago');
    expect(relative(now + 7_200_000, now)).to.equal('in 2h');
    expect(span(86_400_000 * 3 + 1)).to.equal('3d');
    expect(span(86_400_000 * 600)).to.equal('600d');
    expect(span(86_400_000 * 365 * 73)).to.equal('73y');
  });

  it('allow for clocks that differ a little', () => {
    expect(relative(now + 3000, now)).to.equal('0s ago');
  });

  it('say how long something took', () => {
    expect([took(340.4), took(12_500), took(200_000)]).to.deep.equal(['340 ms', '12.5 s', '3 m 20 s']);
  });

  it('name the day only if it is another one', () => {
    const noon = new Date(2026, 2, 1, 12, 0, 5).getTime();
    expect(localTime(noon)).to.equal('2026-03-01 12:00:05');
    expect(clockTime(noon, noon + 3_600_000)).to.equal('12:00');
    expect(clockTime(noon, noon + 86_400_000)).to.equal('2026-03-01 12:00');
  });

  it('come from timestamps, or never were', () => {
    expect(millis(timestampFromMs(now + 7))).to.equal(now + 7);
    expect(millis(undefined)).to.equal(null);
  });
});

describe('states on the pages', () => {
  it('have the words of the command line', () => {
    expect(statusWord(EnvoyStatus.NO_DATA)).to.equal('no data');
    expect(healthWord(99 as SpokeHealth)).to.equal('unknown');
  });

  it('are told apart without colours', () => {
    const signs = STATUS_PARTS.map(({ word }) => lookOf(word).sign);
    expect(new Set(signs).size).to.equal(STATUS_PARTS.length);
  });

  it('are summed up for those who do not see a bar', () => {
    const counts = { converged: 1200, relapsed: 0, diverged: 0, degraded: 0, failed: 3, offline: 0, noData: 0 };
    expect(totalOf(counts)).to.equal(1203);
    expect(complianceText(counts)).to.equal('1,200 converged, 3 failed');
    expect(complianceText(undefined)).to.equal('no envoys');
  });
});
