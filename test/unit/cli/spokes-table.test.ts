import { expect } from 'chai';
import type { SpannerStatusJson, SpokeJson } from '../../../src/cli/json/spoke.ts';
import { renderSpannerStatus, renderSpoke } from '../../../src/cli/render/spokes.ts';

const NOW = Date.parse('2026-01-02T00:00:00.000Z');
const style = (_format: string, text: string) => text;

const spoke = (id: string, more: Partial<SpokeJson> = {}): SpokeJson => ({
  id,
  addr: `${id}.example.com:1530`,
  patterns: [`*.${id}.*`],
  status: 'online',
  health: 'healthy',
  eligibility: 'eligible',
  envoyCount: 5_321,
  latencyMs: { last: 1, p50: 1.1, p99: 13.2 },
  lastProbeAt: '2026-01-01T23:59:55.000Z',
  lastReportAt: '2026-01-01T23:59:48.000Z',
  configVersion: 'a'.repeat(64),
  reason: null,
  compliance: { converged: 5_000, relapsed: 321, diverged: 0, degraded: 0, failed: 0, offline: 0, no_data: 0 },
  healthSince: null,
  pendingNotices: 0,
  hubAddr: 'hub.example.com:1530',
  load: null,
  ...more,
});
const render = (spokes: readonly SpokeJson[], width: number): string[] => {
  const failover = { enabled: true, frozen: false, reason: null, held: [] };
  const status: SpannerStatusJson = { role: 'hub', spokes, unplaced: 0, failover, restoration: null, warnings: [] };
  return renderSpannerStatus(status, { width, style }).split('\n');
};

describe('the table of spokes', () => {
  const standby = spoke('dc2', { hubAddr: 'hub-standby.example.com:1530' });

  for (const width of [140, 200, Number.POSITIVE_INFINITY]) {
    it(`has a column for the hub address that each spoke uses, ${width} characters wide`, () => {
      const lines = render([spoke('dc1'), standby, spoke('dc3', { hubAddr: null })], width);
      expect(lines).to.have.length(4);
      expect(lines[0]).to.include('  HUB  ');
      expect(lines[1]).to.include('  hub.example.com:1530');
      expect(lines[2]).to.include('  hub-standby.example.com:1530');
      expect(lines[3]).to.match(/ {2}-$/);
    });
  }

  it('says it below where there is no room for the column', () => {
    const many = Array.from({ length: 6 }, (_, i) => spoke(`dc${i + 10}`));
    const lines = render([spoke('dc1'), standby, ...many, spoke('dc3', { hubAddr: null })], 80);
    expect(lines[0]).to.not.include('HUB');
    expect(lines.slice(-2)).to.deep.equal([
      'reporting to hub.example.com:1530: dc1, dc10, dc11, dc12 and 3 more',
      'reporting to hub-standby.example.com:1530: dc2',
    ]);
    for (const line of lines) expect(line.length).to.be.at.most(80);
    expect(render([spoke('dc1', { hubAddr: null })], 80)).to.have.length(2);
  });

  it('lets no address steer the terminal', () => {
    const hostile = spoke('dc1', { hubAddr: '\u001b[2Jhub\n:1530' });
    for (const width of [80, 200])
      expect(render([hostile], width).join('\n'))
        .to.not.include('\u001b')
        .and.to.not.include('hub\n');
  });

  it('of one spoke says where it reports to, and how long ago it did', () => {
    const text = renderSpoke(spoke('dc1'), { style, now: NOW });
    expect(text)
      .to.match(/^last report +12s ago$/m)
      .and.to.match(/^reports to +hub\.example\.com:1530$/m);
    const silent = renderSpoke(spoke('dc1', { hubAddr: null, lastReportAt: null }), { style, now: NOW });
    expect(silent)
      .to.match(/^last report +never$/m)
      .and.to.not.include('reports to');
  });
});
