/** Hubs and spokes that are killed while a configuration is published. */
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { publish, treeOf } from '../../support/published.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';
import { waitFor } from '../../support/wait-for.ts';

const textOf = (fleet: MemoryFleet) =>
  String(fleet.hub.live?.current?.files.get('envoys.vgo') ?? '').match(/# (.*)/)?.[1];

/** What the history names, what the hub serves and what every spoke serves are the same. */
async function checkAgreed(fleet: MemoryFleet): Promise<string | undefined> {
  const { versions } = await fleet.hub.admin.listConfigHistory({});
  const { current } = await fleet.hub.admin.getConfigStatus({});
  const version = fleet.hub.live?.current?.version;
  expect(versions[0]?.version).to.equal(version);
  expect(current?.version).to.equal(version);
  expect(new Set(versions.map(({ number }) => number)).size).to.equal(versions.length);
  await fleet.probes();
  for (const spoke of fleet.spokes)
    await waitFor(`${spoke.id} has what the hub has`, () => spoke.live?.current?.version === version);
  return textOf(fleet);
}

describe('a hub that is killed while it publishes', () => {
  const newFleet = useFleet();

  /** `order` with a hub that dies at its n-th step, then a new one; until it lives to the end. Returns the deaths. */
  const dyingAtEachStep = async (
    fleet: MemoryFleet,
    order: (n: number) => Promise<unknown>,
    after: (n: number, acknowledged: boolean) => Promise<void>,
  ) => {
    for (let n = 1; ; n++) {
      fleet.hub.life.killAtStep(n);
      const acknowledged = await order(n).then(
        () => true,
        () => false,
      );
      await settleTurns();
      const survived = fleet.hub.running;
      await fleet.hub.kill();
      await fleet.hub.start();
      await after(n, acknowledged);
      if (survived) return n - 1;
    }
  };

  it('at any step has published it, or has not begun; what was acknowledged is there', async () => {
    const fleet = await newFleet();
    let last: string | undefined;
    const deaths = await dyingAtEachStep(
      fleet,
      (n) => publish(fleet.hub.admin, treeOf(`${n}`)),
      async (n, acknowledged) => {
        const now = await checkAgreed(fleet);
        expect(now, `after a death at step ${n}`).to.be.oneOf(acknowledged ? [`${n}`] : [`${n}`, last]);
        last = now;
      },
    );
    expect(deaths, 'steps of a publish').to.be.above(10);
    expect(last).to.equal(`${deaths + 1}`);
  });

  it('again has rolled back, or has not begun', async () => {
    const fleet = await newFleet();
    const old = (await publish(fleet.hub.admin, treeOf('old'))).version!;
    const young = (await publish(fleet.hub.admin, treeOf('young'))).version!;
    let wanted = old.version;
    const deaths = await dyingAtEachStep(
      fleet,
      () => fleet.hub.admin.rollbackConfig({ version: wanted }),
      async (_n, acknowledged) => {
        await checkAgreed(fleet);
        const version = fleet.hub.live?.current?.version;
        if (acknowledged) expect(version).to.equal(wanted);
        wanted = version === old.version ? young.version : old.version;
      },
    );
    expect(deaths, 'steps of a rollback').to.be.above(8);
  });

  it('that died between history and swap serves what it published when it starts', async () => {
    const fleet = await newFleet();
    const old = (await publish(fleet.hub.admin, treeOf('old'))).version!;
    await publish(fleet.hub.admin, treeOf('young'));
    await fleet.hub.kill();
    // A row whose archive is kept, and which is not served: killed between the two.
    const database = new DatabaseSync(fleet.hub.databaseFile);
    database.exec(
      "insert into config_versions select 3, version, published_at, actor, 'again', 1, size, files_changed, added, changed, removed from config_versions where number = 1",
    );
    database.close();
    await fleet.hub.start();
    expect(fleet.hub.live?.current?.version).to.equal(old.version);
    expect(await checkAgreed(fleet)).to.equal('old');
    expect((await fleet.hub.admin.listConfigHistory({})).versions[0]).to.include({ number: 3, message: 'again' });
  });

  it('and whose published tree is lost says so, and takes the same tree again', async () => {
    const fleet = await newFleet();
    for (const text of ['1', '2']) await publish(fleet.hub.admin, treeOf(text));
    await fleet.hub.kill();
    const database = new DatabaseSync(fleet.hub.databaseFile);
    database.exec("update config_versions set version = replace(version, substr(version, 1, 8), 'deadbeef')");
    database.close();
    await fleet.hub.start();
    const { current } = await fleet.hub.admin.getConfigStatus({});
    expect(current?.number).to.equal(2);
    await publish(fleet.hub.admin, treeOf('2'));
    expect((await fleet.hub.admin.getConfigStatus({})).current?.number).to.equal(3);
    expect(await checkAgreed(fleet)).to.equal('2');
  });

  it('knows nothing of a publish whose row could not be written, nor of one whose tree could not be', async () => {
    const fleet = await newFleet();
    await publish(fleet.hub.admin, treeOf('1'));
    fleet.hub.onStatement = (kind) => {
      if (kind === 'InsertQueryNode') throw new Error('disk full');
    };
    expect(await publish(fleet.hub.admin, treeOf('2')).catch(() => 'failed')).to.equal('failed');
    fleet.hub.onStatement = undefined;
    expect(await checkAgreed(fleet)).to.equal('1');
    const { live } = fleet.hub;
    const activate = live!.activate;
    Object.assign(live!, { activate: () => Promise.reject(new Error('disk full')) });
    expect(await publish(fleet.hub.admin, treeOf('2')).catch(() => 'failed')).to.equal('failed');
    Object.assign(live!, { activate });
    expect(await checkAgreed(fleet)).to.equal('1');
    await publish(fleet.hub.admin, treeOf('2'));
    expect(await checkAgreed(fleet)).to.equal('2');
  });
});

describe('a spoke that is killed while it is given a configuration', () => {
  const newFleet = useFleet();

  it('has the old one or the new one, and the new one when it is back', async () => {
    for (const when of ['before', 'behind'] as const) {
      const fleet = await newFleet();
      await publish(fleet.hub.admin, treeOf('1'));
      const spoke = fleet.spoke('dc2');
      if (when === 'before') spoke.onReceive = () => spoke.kill();
      else spoke.lostAnswers.add('SyncConfig');
      const { version } = await publish(fleet.hub.admin, treeOf('2'));
      await spoke.kill();
      spoke.onReceive = undefined;
      spoke.lostAnswers.clear();
      await spoke.start();
      await fleet.probes();
      await waitFor('dc2 has the version', () => spoke.live?.current?.version === version?.version);
    }
  });
});
