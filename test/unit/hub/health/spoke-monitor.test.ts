import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { expect } from 'chai';
import { SpokeService } from '../../../../src/gen/vigo/v1/spoke_pb.js';
import { silentLogger } from '../../../../src/platform/logger.ts';
import { createSpokeMonitor } from '../../../../src/server/hub/health/spoke-monitor.ts';
import { createPartitionLinks } from '../../../../src/server/hub/partition-links.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

describe('who listens to a spoke monitor', () => {
  it('hears what a spoke said after each good probe, when its health is known, and nothing else', async () => {
    const clock = createFakeClock();
    let version: string | undefined = 'v1';
    const transport = createRouterTransport((router) =>
      router.service(SpokeService, {
        status() {
          if (version === undefined) throw new ConnectError('away', Code.Unavailable);
          return { configVersion: version };
        },
      }),
    );
    const link = {
      spec: { id: 'dc1', addr: '', patterns: [] },
      endpoint: { address: '', identity: '', spokeId: 'dc1' },
      client: createClient(SpokeService, transport),
    };
    const monitor = createSpokeMonitor({
      links: createPartitionLinks([link]),
      notices: { deliver: async () => 0 },
      corrector: { check: async () => 0 },
      policy: { threshold: 3, recoveryThreshold: 2 },
      intervalMs: 1_000,
      timeoutMs: 500,
      clock,
      logger: silentLogger,
    });
    const heard: string[] = [];
    monitor.onStatus((spoke, status) =>
      heard.push(`${spoke} ${status.configVersion} ${monitor.view(spoke)?.health.health}`),
    );
    monitor.start();
    await clock.advance(0);
    expect(heard).to.deep.equal(['dc1 v1 healthy']);
    version = undefined;
    await clock.advance(3_000);
    expect(heard).to.have.length(1);
    version = 'v2';
    await monitor.retry('dc1');
    expect(heard.slice(1)).to.deep.equal(['dc1 v2 recovering']);
    monitor.close();
    await clock.advance(5_000);
    expect(heard).to.have.length(2);
  });
});
