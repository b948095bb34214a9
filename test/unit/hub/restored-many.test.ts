/** Restored hubs whose spokes know thousands of envoys more, are not honest, or are in the same process. */
import { randomUUID } from 'node:crypto';
import { copyFile, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { SpokeHealth } from '../../../src/gen/vigo/v1/admin_pb.js';
import { backUpHub } from '../../support/hub-backup.ts';
import { checkCalm, checkInvariants, listAll } from '../../support/invariants.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import type { MemorySpoke } from '../../support/memory-spoke.ts';
import { useFleet } from '../../support/use-fleet.ts';

interface Row {
  readonly id?: string;
  readonly hostname: string;
  readonly key?: string;
  readonly epoch?: number;
  readonly enrolledAt?: number;
}

/** What a spoke came to know since the backup, written to its disk while it is stopped. */
async function learns(spoke: MemorySpoke, rows: readonly Row[], released: readonly string[] = []): Promise<void> {
  await spoke.stop();
  const disk = new DatabaseSync(spoke.databaseFile);
  const envoy = disk.prepare(
    `insert into envoys (id, hostname, public_key, epoch, enrolled_at, status, drift, config_version, changed_streak)
     values (?, ?, ?, ?, ?, 'no_data', 'none', '', 0)`,
  );
  const tombstone = disk.prepare("insert into tombstones values (?, 'released', 2, 'dc2', 'dc2.test:1530', '', 0, 0)");
  disk.exec('begin');
  for (const { id = randomUUID(), hostname, key = hostname, epoch = 1, enrolledAt = 1_700_000_000_000 } of rows)
    envoy.run(id, hostname, Buffer.from(key), epoch, enrolledAt);
  for (const id of released) tombstone.run(id);
  disk.exec('commit');
  disk.close();
  await spoke.start();
}

const rowsFor = (count: number, dc: string): Row[] =>
  Array.from({ length: count }, (_, i) => ({ hostname: `web${i}.${dc}.example.com` }));

describe('a restored hub', function () {
  this.timeout(120_000);
  const newFleet = useFleet();
  const restoration = async (fleet: MemoryFleet) => (await fleet.hub.admin.getSpannerStatus({})).restoration;

  it('takes in thousands of envoys and releases, in parts of a thousand, and goes on where it was', async () => {
    const fleet = await newFleet();
    const backup = await backUpHub(fleet);
    const dc1 = fleet.spoke('dc1');
    await learns(
      dc1,
      rowsFor(3_000, 'dc1'),
      Array.from({ length: 2_500 }, () => randomUUID()),
    );
    await learns(fleet.spoke('dc2'), rowsFor(100, 'dc2'));
    await backup.putBack();
    await fleet.hub.start();
    let asked = 0;
    fleet.hub.onCall = (spoke, method) => {
      // In the middle, all that it has is in the directory already.
      if (spoke === 'dc1' && method === 'GetEnvoys' && ++asked === 3) fleet.hub.life.kill();
    };
    await fleet.probes(10).catch(() => undefined);
    expect(fleet.hub.running).to.equal(false);
    const half = fleet.records.active().size;
    expect(half).to.be.within(1_000, 2_999);
    await fleet.hub.kill();
    await fleet.hub.start();
    for (let rounds = 0; rounds < 60 && (await restoration(fleet)); rounds++) await fleet.probes(1);
    await fleet.probes(3);
    expect(await restoration(fleet)).to.equal(undefined);
    expect(asked, 'parts of it that were asked for once more').to.be.at.most(12);
    const { envoys } = await listAll(fleet, 1_000);
    expect(new Set(envoys.map(({ id }) => id)).size).to.equal(3_100);
    await checkInvariants(fleet, []);
    const { entries } = await fleet.hub.admin.listAudit({ action: 'spoke.reconciled', subject: 'dc1' });
    expect(entries[0]?.detail).to.include('3000 envoys entered');
  });

  it('believes nothing that cannot be true, and is not stopped by it', async () => {
    const fleet = await newFleet();
    const agent = await fleet.enroll('web1.dc1.example.com');
    await agent.follow();
    await fleet.probes(1);
    const backup = await backUpHub(fleet);
    await learns(fleet.spoke('dc2'), [
      { hostname: 'good.dc2.example.com' },
      { id: 'not-an-id', hostname: 'a.dc2.example.com' },
      { hostname: 'NO HOST' },
      { hostname: 'b.dc2.example.com', epoch: 2_000_000_000 },
      { id: agent.id, hostname: 'web1.dc1.example.com', epoch: 1_500_000_000 },
      { hostname: 'c.dc2.example.com', key: 'k'.repeat(5_000) },
    ]);
    await backup.restore();
    await fleet.probes(5);
    expect(await restoration(fleet)).to.equal(undefined);
    const active = [...fleet.records.active().values()].map(({ hostname, spoke_id }) => `${hostname} ${spoke_id}`);
    expect(active.sort()).to.deep.equal(['good.dc2.example.com dc2', 'web1.dc1.example.com dc1']);
    expect((await agent.follow())?.spoke).to.equal('dc1');
  });

  it('waits for a spoke that answers slowly without keeping its probes', async () => {
    const fleet = await newFleet();
    const backup = await backUpHub(fleet);
    await backup.putBack();
    fleet.hub.onCall = (spoke, method) => {
      if (spoke === 'dc1' && method === 'ListTombstones') fleet.spoke('dc1').wire = 'hung';
    };
    await fleet.hub.start();
    await fleet.probes(4);
    fleet.hub.onCall = undefined;
    const { spokes, restoration: waiting } = await fleet.hub.admin.getSpannerStatus({});
    expect(waiting?.unreconciled).to.deep.equal(['dc1']);
    expect(spokes.map(({ health }) => health)[1]).to.equal(SpokeHealth.HEALTHY);
    expect(spokes[0]?.lastProbeAt, 'it has been probed meanwhile').not.to.equal(undefined);
    fleet.spoke('dc1').wire = 'up';
    await fleet.clock.advance(11 * 60_000);
    expect(await restoration(fleet)).to.equal(undefined);
    await checkCalm(fleet, []);
  });
});

describe('a standalone server that was restored', () => {
  const newFleet = useFleet();

  it('serves agents that know later epochs than it does, under a new one', async () => {
    // Both halves have one disk in real life: here they are put back together.
    const fleet = await newFleet({ spokes: { local: ['*'] } });
    const local = fleet.spoke('local');
    const agent = await fleet.enroll('web1.example.com');
    await agent.follow();
    await fleet.probes(1);
    await local.stop();
    await copyFile(local.databaseFile, `${local.databaseFile}.backup`);
    await local.start();
    const backup = await backUpHub(fleet);
    // As if its epoch had been renewed a few times since.
    await fleet.hub.stop();
    await local.stop();
    for (const [file, set] of [
      [fleet.hub.databaseFile, 'update placements set epoch = 7, max_epoch = 8'],
      [local.databaseFile, 'update envoys set epoch = 7'],
    ] as const) {
      const disk = new DatabaseSync(file);
      disk.exec(set);
      disk.close();
    }
    await local.start();
    await fleet.hub.start();
    await fleet.probes(2);
    expect(await agent.follow()).to.deep.equal({ spoke: 'local', epoch: 7 });
    const late = await fleet.enroll('late.example.com');

    await local.kill();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${local.databaseFile}${suffix}`, { force: true });
    await copyFile(`${local.databaseFile}.backup`, local.databaseFile);
    await local.start();
    fleet.records.replaced('local');
    await backup.restore();
    await fleet.probes(3);
    expect((await fleet.hub.admin.getSpannerStatus({})).restoration).to.equal(undefined);
    expect(await agent.follow()).to.deep.equal({ spoke: 'local', epoch: 1_002 });
    // Its key was in the lost database alone: only a new enrolment helps.
    expect(await late.follow()).to.equal(undefined);
    expect(late.revoked).to.equal(true);
    await fleet.probes(2);
    await checkCalm(fleet, [agent]);
  });
});
