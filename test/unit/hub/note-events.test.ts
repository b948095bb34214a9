/** What a hub tells others of what happens in it, through a whole fleet in memory. */
import { expect } from 'chai';
import { MoveReason } from '../../../src/gen/vigo/v1/admin_pb.js';
import type { NotificationConfig } from '../../../src/server/config/server-config.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { publish, treeOf } from '../../support/published.ts';
import { useFleet } from '../../support/use-fleet.ts';

const ALL: NotificationConfig['events'] = [
  'spoke.offline',
  'spoke.recovered',
  'move.finished',
  'envoy.stale',
  'config.published',
];

interface Told {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

describe('events for others', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;
  let told: Told[];

  beforeEach(async () => {
    told = [];
    fleet = await newFleet({
      notifications: [
        {
          url: 'https://one.example.com',
          events: ALL,
          send: async ({ body }) => void told.push(JSON.parse(body) as Told),
        },
      ],
    });
    await fleet.probes(2);
  });
  const types = () => told.map(({ type }) => type);

  it('are a spoke that has failed, once, and that it is back', async () => {
    fleet.spoke('dc1').wire = 'cut';
    await fleet.probes(8);
    expect(types()).to.deep.equal(['spoke.offline']);
    expect(told[0]?.data).to.include({ spoke: 'dc1', health: 'unhealthy' });
    expect(told[0]?.data.reason).to.be.a('string').that.is.not.empty;
    expect(told[0]?.timestamp).to.match(/^2026-01-01T00:00:\d\d\.\d{3}Z$/);
    fleet.spoke('dc1').wire = 'up';
    await fleet.probes(8);
    expect(types()).to.deep.equal(['spoke.offline', 'spoke.recovered']);
    expect(told[1]?.data).to.deep.equal({ spoke: 'dc1', health: 'healthy' });
  });

  it('are the same if the hub is killed in between: neither told twice, nor forgotten', async () => {
    fleet.spoke('dc1').wire = 'cut';
    await fleet.probes(8);
    await fleet.hub.kill();
    await fleet.hub.start();
    await fleet.probes(8);
    expect(types()).to.deep.equal(['spoke.offline']);
    await fleet.hub.kill();
    fleet.spoke('dc1').wire = 'up';
    await fleet.hub.start();
    await fleet.probes(8);
    expect(types()).to.deep.equal(['spoke.offline', 'spoke.recovered']);
  });

  it('are a move that has ended', async () => {
    for (const name of ['web1', 'web2']) await fleet.enroll(`${name}.dc1.example.com`);
    const { move } = await fleet.drive(
      fleet.hub.admin.startMove({ reason: MoveReason.DRAIN, from: 'dc1', to: 'dc2', dryRun: false }),
    );
    await fleet.ended(move!.id);
    await fleet.probes(1);
    expect(told.map(({ type, data }) => ({ type, ...data }))).to.deep.equal([
      {
        type: 'move.finished',
        ...{ move: move!.id, state: 'done', reason: 'drain', matched: 2, moved: 2, failed: 0, skipped: 0 },
        actor: 'tester',
      },
    ]);
  });

  it('are a configuration that was published, and not one that the fleet had', async () => {
    const { version } = await fleet.drive(publish(fleet.hub.admin, treeOf('one'), 'the first'));
    await fleet.drive(publish(fleet.hub.admin, treeOf('one')));
    await fleet.probes(1);
    expect(types()).to.deep.equal(['config.published']);
    expect(told[0]?.data).to.deep.equal({
      ...{ version: version!.version, number: 1, actor: 'tester', message: 'the first', rollback: false },
      filesChanged: 1,
    });
  });

  it('are envoys that fall silent, all of a minute in one', async () => {
    for (const name of ['web1', 'web2', 'web3']) await fleet.enroll(`${name}.dc1.example.com`);
    await fleet.probes(2);
    expect(types()).to.deep.equal([]);
    // 2.5 check-in intervals of five minutes, with their jitter.
    await fleet.clock.advance(15 * 60_000);
    expect(told.map(({ type, data }) => ({ type, ...data }))).to.deep.equal([
      { type: 'envoy.stale', spoke: 'dc1', offline: 3, newlyOffline: 3, envoys: 3 },
    ]);
  });
});
