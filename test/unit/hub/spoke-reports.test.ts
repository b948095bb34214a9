import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { spokeJson } from '../../../src/cli/json/spoke.ts';
import { SpokeSchema } from '../../../src/gen/vigo/v1/admin_pb.js';
import { ReportRequestSchema } from '../../../src/gen/vigo/v1/hub_pb.js';
import { silentLogger } from '../../../src/platform/logger.ts';
import { spokeMessage } from '../../../src/server/hub/admin/spoke-messages.ts';
import { createSpokeMonitor } from '../../../src/server/hub/health/spoke-monitor.ts';
import { createPartitionLinks } from '../../../src/server/hub/partition-links.ts';
import { createSpokeReports } from '../../../src/server/hub/spoke-reports.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { thrownCode } from '../../support/rpc-failure.ts';

const INTERVAL_MS = 1_000;

describe('what a spoke reports to its hub', () => {
  /** Spokes that report, and can never be probed. */
  const openReports = () => {
    const clock = createFakeClock();
    const link = (id: string) => ({
      spec: { id, addr: `${id}:1530`, patterns: [] },
      endpoint: { address: '', identity: '', spokeId: id },
      client: { status: () => Promise.reject(new Error('refused')) } as never,
    });
    const links = createPartitionLinks([link('dc1'), link('dc2')]);
    const monitor = createSpokeMonitor({
      links,
      corrector: { check: async () => 0 },
      notices: { deliver: async () => 0 } as never,
      policy: { threshold: 3, recoveryThreshold: 2 },
      intervalMs: INTERVAL_MS,
      timeoutMs: 500,
      clock,
      logger: silentLogger,
    });
    const report = createSpokeReports({ links, monitor });
    const send = (spokeId: string, more: object = {}, connection?: AbortSignal) =>
      report(create(ReportRequestSchema, { status: {}, intervalMs: 10_000, hubAddress: 'hub:1530', ...more }), {
        spokeId,
        connection,
      });
    const shown = (id: string) => {
      const registry = { get: () => ({ eligibility: 'eligible', comment: '' }) } as never;
      const directory = { countOn: () => 3, sorted: () => [] } as never;
      const distribution = { versionOf: () => '', versions: () => [] };
      const sources = {
        directory,
        monitor,
        registry,
        corrector: { check: async () => 0 },
        notices: { pending: () => 0 } as never,
        distribution,
      };
      return spokeJson(create(SpokeSchema, spokeMessage(sources, links.get(id))));
    };
    return { clock, monitor, send, shown, healthOf: (id: string) => monitor.view(id)?.health.health };
  };

  it('is noted with its time and the address that it uses', () => {
    const { clock, send, shown } = openReports();
    expect(shown('dc1')).to.include({ hubAddr: null, lastReportAt: null });
    expect(send('dc1')).to.deep.equal({ leaderAddress: '' });
    const lastReportAt = new Date(clock.now()).toISOString();
    expect(shown('dc1')).to.include({ hubAddr: 'hub:1530', lastReportAt });
    expect(shown('dc2')).to.include({ hubAddr: null, lastReportAt: null });
  });

  it('is refused for a spoke that the hub does not know, for another, and without what it needs', () => {
    const { send, shown } = openReports();
    const refusals: [string, () => unknown][] = [
      ['SPOKE_NOT_FOUND', () => send('dc9')],
      ['PERMISSION_DENIED', () => send('dc1', { status: { spokeId: 'dc2' } })],
      ['INVALID_ARGUMENT', () => send('dc1', { status: undefined })],
      ['INVALID_ARGUMENT', () => send('dc1', { intervalMs: 0 })],
      ['INVALID_ARGUMENT', () => send('dc1', { hubAddress: 'x'.repeat(1_000_000) })],
    ];
    for (const [code, refused] of refusals) expect(thrownCode(refused), String(refused)).to.equal(code);
    for (const id of ['dc1', 'dc2']) expect(shown(id).lastReportAt).to.equal(null);
  });

  it('is shown as what it is worth, however odd its figures', () => {
    const { send, shown } = openReports();
    const started = timestampFromMs(8.64e15);
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      const status = { checkinsPerSecond: odd, refusedPerSecond: odd, envoyCount: 2 ** 32 - 1, startedAt: started };
      send('dc1', { status, intervalMs: 2 ** 32 - 1 });
      expect(shown('dc1')).to.deep.include({ envoyCount: 3, load: { checkinsPerSecond: 0, refusedPerSecond: 0 } });
    }
  });

  it('keeps a spoke that cannot be probed from being taken for dead, as long as its connection lasts', async () => {
    const { clock, monitor, send, healthOf } = openReports();
    monitor.start();
    const dc1 = new AbortController();
    send('dc1', { intervalMs: 2 ** 32 - 1 }, dc1.signal);
    await clock.advance(10 * INTERVAL_MS);
    expect([healthOf('dc1'), healthOf('dc2')]).to.deep.equal(['unreachable', 'unhealthy']);
    dc1.abort();
    await clock.advance(INTERVAL_MS);
    expect(healthOf('dc1')).to.equal('unhealthy');
    monitor.close();
  });

  it('counts on the connection that it came on last, and each connection is listened to once', async () => {
    const { clock, monitor, send, healthOf } = openReports();
    monitor.start();
    const [first, second] = [new AbortController(), new AbortController()];
    let listeners = 0;
    for (const { signal } of [first, second]) {
      const add = signal.addEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners++;
        add(...args);
      };
    }
    for (let n = 0; n < 100; n++) send('dc1', { intervalMs: 3_600_000 }, (n % 2 === 0 ? first : second).signal);
    expect(listeners).to.equal(2);
    first.abort();
    await clock.advance(10 * INTERVAL_MS);
    expect(healthOf('dc1')).to.equal('unreachable');
    second.abort();
    await clock.advance(INTERVAL_MS);
    expect(healthOf('dc1')).to.equal('unhealthy');
    monitor.close();
  });
});
