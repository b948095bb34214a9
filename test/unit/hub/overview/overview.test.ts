import { expect } from 'chai';
import { AttentionLevel, FileChange, FleetTopic, MoveReason } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { MemoryFleet } from '../../../support/memory-fleet.ts';
import { codeOf } from '../../../support/rpc-failure.ts';
import { useFleet } from '../../../support/use-fleet.ts';

describe('the overview', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;

  beforeEach(async () => {
    fleet = await newFleet();
    for (const name of ['a.dc1', 'b.dc1', 'c.dc2']) await (await fleet.enroll(`${name}.example.com`)).follow();
    await fleet.probes(1);
  });

  it('sums up what the spokes have said', async () => {
    const overview = await fleet.hub.admin.getOverview({});
    expect(overview).to.include({ role: 'hub', envoys: 3, envoysOnline: 3 });
    expect(overview.compliance).to.include({ noData: 3, offline: 0 });
    expect(overview.spokes.map(({ id, envoyCount, online }) => [id, envoyCount, online])).to.deep.equal([
      ['dc1', 2, true],
      ['dc2', 1, true],
    ]);
    expect(overview.attention.map(({ kind }) => kind)).to.deep.equal(['config_missing']);
  });

  it('asks no spoke: one that hangs costs nothing, and its envoys are not online', async () => {
    await fleet.spoke('dc1').kill();
    await fleet.probes(3);
    const overview = await fleet.hub.admin.getOverview({});
    expect(overview).to.include({ envoys: 3, envoysOnline: 1 });
    expect(overview.compliance!.noData).to.equal(3);
    expect(overview.attention[0]).to.deep.include({
      level: AttentionLevel.CRITICAL,
      kind: 'spoke_offline',
      subject: 'dc1',
    });
  });

  it('has the moves that go on, and those that did not move all', async () => {
    await fleet.spoke('dc2').kill();
    await fleet.probes(3);
    await fleet.hub.admin.cordonSpoke({ id: 'dc1', comment: 'new racks' });
    const order = { reason: MoveReason.DRAIN, from: 'dc2' };
    const { move } = await fleet.drive(fleet.hub.admin.startMove(order));
    expect(move).to.include({ skippedCount: 1 });
    const overview = await fleet.hub.admin.getOverview({});
    expect(overview.runningMoves).to.deep.equal([]);
    expect(overview.attention.map(({ kind, subject }) => `${kind} ${subject}`)).to.include('spoke_ineligible dc1');
  });

  it('tells how it has been, of the fleet and of one spoke', async () => {
    await fleet.clock.advance(180_000);
    const { points } = await fleet.hub.admin.getFleetHistory({});
    expect(points.length).to.be.within(3, 5);
    expect(points.at(-1)!.compliance).to.include({ noData: 3 });
    const ofSpoke = await fleet.hub.admin.getFleetHistory({ spoke: 'dc2' });
    expect(ofSpoke.points.at(-1)!.compliance).to.include({ noData: 1 });
    expect(await codeOf(fleet.hub.admin.getFleetHistory({ spoke: 'dc9' }))).to.equal('SPOKE_NOT_FOUND');
    expect(await codeOf(fleet.hub.admin.getFleetHistory({ seconds: 604_801 }))).to.equal('INVALID_ARGUMENT');
  });

  it('says what changes to who watches: everything at first, then what an operator does', async () => {
    const gone = new AbortController();
    const watch = fleet.hub.admin.watchFleet({}, { signal: gone.signal })[Symbol.asyncIterator]();
    const first = await watch.next();
    expect(first.value.topics).to.have.length(6);
    const next = watch.next();
    await fleet.hub.admin.cordonSpoke({ id: 'dc1' });
    await fleet.clock.advance(1_000);
    expect((await next).value.topics).to.include.members([FleetTopic.SPOKES, FleetTopic.AUDIT]);
    gone.abort();
    await watch.return?.().catch(() => undefined);
  });

  it('shows what differs between versions that were published', async () => {
    expect(await codeOf(fleet.hub.admin.diffConfig({ from: 'c0ffee00c0ffee' }))).to.equal('CONFIG_VERSION_NOT_FOUND');
    const nothing = await fleet.hub.admin.diffConfig({});
    expect(nothing).to.include({ from: '', to: '', filesChanged: 0 });
    expect(FileChange.ADDED).to.equal(1);
  });
});
