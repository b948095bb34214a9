/** A spoke is restored from a backup that is older than much of what has happened since: the fleet is right again by itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CreatedJson, RestoredJson } from '../../src/cli/json/backup.ts';
import type { EnvoyListJson } from '../../src/cli/json/envoy.ts';
import { MoveReason, MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import type { Child } from '../support/child.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { type FleetRecords, openFleetRecords } from '../support/fleet-records.ts';
import { waitFor } from '../support/wait-for.ts';

const [STAYS, GOES, RETURNS, REVOKED, LATE_MOVE] = [1, 2, 3, 4, 5].map((n) => `web${n}.dc1.example.com`) as [
  string,
  string,
  string,
  string,
  string,
];
const NEW = 'new.dc1.example.com';
const OTHER = 'web1.dc2.example.com';

describe('a spoke that is restored from an old backup', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  const agents = new Map<string, Child>();
  let records: FleetRecords;
  const backup = () => join(fleet.dir, 'dc1.tar.gz');

  const enlist = async (hostname: string) => {
    await fleet.enroll(hostname);
    agents.set(hostname, await fleet.runAgent(hostname));
  };
  const move = async (hostname: string, to: string) => {
    const { move: begun } = await fleet.admin.startMove({ reason: MoveReason.REASSIGN, hostname, to });
    await waitFor(`${hostname} is on ${to}`, async () => {
      const { move: seen } = await fleet.admin.getMove({ id: begun?.id ?? '' });
      return seen?.state === MoveState.DONE;
    });
  };
  const placement = (hostname: string) => [...records.active().values()].find((row) => row.hostname === hostname);

  before(async function () {
    this.timeout(60_000);
    for (const hostname of [STAYS, GOES, RETURNS, REVOKED, LATE_MOVE, OTHER]) await enlist(hostname);
    const disk = (name: string) => ({ id: name, databaseFile: join(fleet.dir, name, 'vigo.db') });
    records = openFleetRecords(disk('hub'), [disk('dc1'), disk('dc2')]);
  });
  after(() => records?.close());

  it('is backed up while it serves its agents', async () => {
    const { configFile } = fleet.spoke('dc1');
    const args = ['backup', 'create', '--config', configFile, '--out', backup()];
    const created = await fleet.json<CreatedJson>(args);
    expect(created).to.deep.include({ role: 'spoke', spokeId: 'dc1', leftOut: [], audit: null, outside: [configFile] });
  });

  it('is one of servers that each have a backup, the hub with its license and the CA of the fleet', async () => {
    const file = join(fleet.dir, 'hub.tar.gz');
    const args = ['backup', 'create', '--config', fleet.hub.configFile, '--out', file];
    expect(await fleet.json<CreatedJson>(args)).to.deep.include({ role: 'hub', spokeId: null, leftOut: [] });
    const dataDir = join(fleet.dir, 'hub-elsewhere');
    await fleet.json(['backup', 'restore', file, '--data-dir', dataDir]);
    for (const path of ['license/vigo.lic', 'tls/ca.key', 'admin-token']) {
      const [there, here] = [dataDir, fleet.hub.dataDir].map((dir) => readFile(join(dir, path), 'utf8'));
      expect(await there, path).to.equal(await here);
    }
  });

  it('serves whom the directory says, under the epochs that it says, and nobody else', async () => {
    await move(GOES, 'dc2');
    await move(RETURNS, 'dc2');
    await move(RETURNS, 'dc1');
    await fleet.admin.revokeEnvoy({ envoy: REVOKED });
    await enlist(NEW);
    await fleet.kill9('dc1');
    await fleet.waitForHealth('dc1', 'unhealthy');
    // Its release cannot be told to anybody before the spoke is back.
    await move(LATE_MOVE, 'dc2');
    expect(records.notices().map(({ kind }) => kind)).to.include('release');

    const { dataDir, configFile } = fleet.spoke('dc1');
    const restored = await fleet.json<RestoredJson>([
      'backup',
      'restore',
      backup(),
      '--data-dir',
      dataDir,
      '--replace',
    ]);
    expect(restored.keptAside).to.be.a('string');
    records.replaced('dc1');
    expect([...records.envoys('dc1').values()].map(({ hostname, epoch }) => [hostname, epoch]).sort()).to.deep.equal(
      [STAYS, GOES, RETURNS, REVOKED, LATE_MOVE].map((hostname) => [hostname, 1]),
    );
    const before = systemClock.now();
    const child = await fleet.restart('dc1');
    expect(configFile).to.equal(restored.elsewhere[0]?.origin);
    await fleet.waitForHealth('dc1', 'healthy');

    // What was pending is delivered before it counts as healthy.
    expect(records.notices()).to.deep.equal([]);
    const expected = { [STAYS]: 1, [RETURNS]: 3, [NEW]: 1 };
    const onDisk = [...records.envoys('dc1').values()];
    expect(Object.fromEntries(onDisk.map(({ hostname, epoch }) => [hostname, epoch]))).to.deep.equal(expected);
    const onOther = [...records.envoys('dc2').values()].map(({ hostname, epoch }) => [hostname, epoch]).sort();
    expect(onOther).to.deep.equal(
      [
        [OTHER, 1],
        [GOES, 2],
        [LATE_MOVE, 2],
      ].sort(),
    );
    for (const hostname of [GOES, RETURNS, LATE_MOVE, NEW, STAYS]) {
      const { id, spoke_id: spoke, epoch } = placement(hostname)!;
      expect(records.envoys(spoke).get(id)?.epoch, hostname).to.equal(epoch);
    }

    // Every agent is served by its owner, and the list is complete.
    const all = [STAYS, GOES, RETURNS, LATE_MOVE, NEW, OTHER].sort();
    const list = await waitFor('all have checked in since', async () => {
      const found = await fleet.json<EnvoyListJson>(['envoys', 'list', '--all', '--require-complete']);
      return found.envoys.every(({ lastSeenAt }) => Date.parse(lastSeenAt ?? '') > before) && found;
    });
    expect(list.envoys.map(({ hostname }) => hostname)).to.deep.equal(all);
    for (const { hostname, spoke, epoch, stale } of list.envoys) {
      expect({ hostname, spoke, epoch, stale }).to.deep.equal({
        ...{ hostname, stale: false },
        spoke: placement(hostname)?.spoke_id,
        epoch: placement(hostname)?.epoch,
      });
    }
    expect(child.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('has served no agent under an epoch that was over', () => {
    for (const [hostname, agent] of agents) {
      const epochs = agent.log.filter(({ msg }) => msg === 'checked in').map(({ epoch }) => Number(epoch));
      expect(epochs, hostname).to.deep.equal(epochs.toSorted((a, b) => a - b));
    }
  });

  it('has the correction in the audit log, and is left in peace afterwards', async () => {
    const { entries } = await fleet.admin.listAudit({ subject: 'dc1' });
    const corrections = entries.filter(({ action }) => action === 'spoke.corrected');
    expect(corrections).to.have.length(1);
    await move(GOES, 'dc1');
    await waitFor('it is served there', () => placement(GOES)?.spoke_id === 'dc1' && records.notices().length === 0);
    expect((await fleet.envoys()).find(({ hostname }) => hostname === GOES)).to.include({ spoke: 'dc1', epoch: 3 });
  });
});
