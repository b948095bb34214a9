/** A hub, and a standalone server, whose data directory is put back as it was before much happened: with real processes. */
import { cp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { AuditJson } from '../../src/cli/json/audit.ts';
import type { EnvoyListJson } from '../../src/cli/json/envoy.ts';
import type { MoveJson } from '../../src/cli/json/move.ts';
import type { SpannerStatusJson } from '../../src/cli/json/spoke.ts';
import type { Child } from '../support/child.ts';
import { type Fleet, useFleetProcesses } from '../support/fleet-processes.ts';
import { waitFor } from '../support/wait-for.ts';

const BACKUP_AT = '2026-01-02T03:04:05.000Z';

/** The server's data as it is now; it is stopped for that, and started again. */
async function backUp(fleet: Fleet): Promise<string> {
  const copy = join(fleet.dir, 'backup');
  await fleet.stopServer('hub');
  await cp(fleet.hub.dataDir, copy, { recursive: true });
  await fleet.restart('hub');
  return copy;
}

/** As `vigocli backup restore` leaves it: the server is down. */
async function putBack(fleet: Fleet, copy: string): Promise<void> {
  await fleet.kill9('hub');
  await rm(fleet.hub.dataDir, { recursive: true });
  await cp(copy, fleet.hub.dataDir, { recursive: true });
  const note = { backupCreatedAt: BACKUP_AT, restoredAt: new Date().toISOString(), programVersion: '0.1.0' };
  await writeFile(join(fleet.hub.dataDir, 'restored.json'), JSON.stringify(note));
}

const status = (fleet: Fleet) => fleet.json<SpannerStatusJson>(['spanner', 'status']);
const isReconciled = (fleet: Fleet) =>
  waitFor('all spokes are reconciled', async () => (await status(fleet)).restoration === null);
const noteIsThere = (fleet: Fleet) =>
  stat(join(fleet.hub.dataDir, 'restored.json')).then(
    () => true,
    () => false,
  );
/** Its next check-in, from now on. */
const checksInAt = (agent: Child, spoke: string, from: number) =>
  agent.waitForLog(`${agent.name} checks in at ${spoke}`, (line) => line.msg === 'checked in' && line.spoke === spoke, {
    from,
  });

describe('a hub that is restored from an old backup', function () {
  this.timeout(90_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  const agents = new Map<string, Child>();
  const enroll = async (...names: string[]) => {
    const hostnames = names.map((name) => `${name}.example.com`);
    await Promise.all(hostnames.map(fleet.enroll));
    await Promise.all(names.map(async (name, i) => agents.set(name, await fleet.runAgent(hostnames[i] as string))));
  };
  const move = (...args: string[]) => fleet.json<MoveJson>(['spanner', ...args, '--yes', '--wait']);
  const list = async () => {
    const { envoys, complete, total } = await fleet.json<EnvoyListJson>(['envoys', 'list']);
    return {
      complete,
      total,
      owners: envoys.map(({ hostname, spoke }) => `${hostname.replace('.example.com', '')} ${spoke}`),
    };
  };
  const servedBy = async (name: string, spoke: string) => {
    const seen = async () =>
      (await fleet.envoys()).find(({ hostname }) => hostname === `${name}.example.com`) ?? {
        lastSeenAt: null,
        spoke: '',
      };
    const before = Date.parse((await seen()).lastSeenAt ?? '') || 0;
    await waitFor(`${name} is served by ${spoke}`, async () => {
      const now = await seen();
      return now.spoke === spoke && Date.parse(now.lastSeenAt ?? '') > before;
    });
  };

  before(async () => {
    await enroll('stays.dc1', 'goes.dc1', 'revoked.dc1', 'stays.dc2');
    const copy = await backUp(fleet);
    await fleet.waitForHealth('dc1', 'healthy');
    await fleet.waitForHealth('dc2', 'healthy');
    await move('reassign', '--hostname', 'goes.*', '--to', 'dc2');
    await move('drain', '--spoke', 'dc2', '--to', 'dc1');
    await fleet.json(['spanner', 'uncordon', 'dc2']);
    await move('reassign', '--hostname', 'goes.*', '--to', 'dc2');
    await fleet.json(['envoys', 'revoke', 'revoked.dc1.example.com']);
    await enroll('new.dc1', 'new.dc2');
    await checksInAt(agents.get('goes.dc1') as Child, 'dc2', 3);
    expect((await list()).owners).to.deep.equal([
      'goes.dc1 dc2',
      'new.dc1 dc1',
      'new.dc2 dc2',
      'stays.dc1 dc1',
      'stays.dc2 dc1',
    ]);
    await fleet.kill9('dc2');
    await putBack(fleet, copy);
    await fleet.restart('hub');
  });

  it('hears the spokes that are there, and waits for the one that is not', async () => {
    await waitFor('dc1 is reconciled', async () => (await status(fleet)).restoration?.unreconciled.join() === 'dc2');
    const now = await status(fleet);
    expect(now.restoration?.backupCreatedAt).to.equal(BACKUP_AT);
    expect(now.warnings).to.deep.include({
      spoke: 'dc2',
      code: 'unreconciled',
      message: `the hub was restored from the backup of ${BACKUP_AT}, and dc2 has not said since who lives on it`,
    });
    const human = await fleet.cli(['spanner', 'status']);
    expect(human.stdout).to.include(`restored from the backup of ${BACKUP_AT}; not reconciled yet: dc2`);
    expect(await noteIsThere(fleet)).to.equal(true);
    // dc1 has said where the one went that it had; nobody but dc2 knows of new.dc2.
    const { owners, complete } = await list();
    expect(owners).to.deep.equal(['goes.dc1 dc2', 'new.dc1 dc1', 'stays.dc1 dc1', 'stays.dc2 dc1']);
    expect(complete).to.equal(false);
    await servedBy('stays.dc2', 'dc1');
    await servedBy('new.dc1', 'dc1');
  });

  it('tells the agent that it does not know to ask again, and that one goes on', async () => {
    const agent = agents.get('new.dc2') as Child;
    const from = agent.log.length;
    await agent.waitForLog('a question in vain', (line) => JSON.stringify(line).includes('ask again later'), { from });
    expect(agent.running).to.equal(true);
  });

  it('knows everyone once the last spoke is back, and each agent is served where it belongs', async () => {
    await fleet.restart('dc2');
    await isReconciled(fleet);
    await fleet.waitForHealth('dc2', 'healthy');
    const { owners, complete, total } = await waitFor('the list is complete', async () => {
      const now = await list();
      return now.complete && now;
    });
    expect({ owners, complete, total }).to.deep.equal({
      owners: ['goes.dc1 dc2', 'new.dc1 dc1', 'new.dc2 dc2', 'stays.dc1 dc1', 'stays.dc2 dc1'],
      complete: true,
      total: 5,
    });
    for (const [name, spoke] of owners.map((owner) => owner.split(' ') as [string, string]))
      await servedBy(name, spoke);
    expect(await noteIsThere(fleet)).to.equal(false);
    expect((agents.get('revoked.dc1') as Child).running, 'the revoked one').to.equal(false);
    const { entries } = await fleet.json<AuditJson>(['audit', 'list']);
    const actions = new Set(entries.map(({ action }) => action));
    for (const action of ['hub.restored', 'spoke.reconciled', 'hub.reconciled']) expect(actions).to.include(action);
  });

  it('moves envoys under epochs that no spoke has seen, and starts as usual from then on', async () => {
    const moved = await move('reassign', '--hostname', '*', '--to', 'dc2');
    expect(moved).to.deep.include({ state: 'done', failed: [] });
    for (const { hostname, spoke, epoch } of await fleet.envoys()) {
      expect(spoke).to.equal('dc2');
      // Those that were there already have stayed as they were: enrolled there, or moved back and forth.
      if (hostname.startsWith('new.dc2') || hostname.startsWith('goes')) expect(epoch).to.be.at.most(4);
      else expect(epoch).to.be.above(1_000);
    }
    for (const name of ['goes.dc1', 'new.dc1', 'new.dc2', 'stays.dc1', 'stays.dc2']) await servedBy(name, 'dc2');
    await fleet.stopServer('hub');
    const hub = await fleet.restart('hub');
    expect(hub.log.map(({ msg }) => msg).join()).not.to.include('restored');
    expect((await status(fleet)).restoration).to.equal(null);
    for (const name of ['goes.dc1', 'stays.dc1']) await servedBy(name, 'dc2');
  });
});

describe('a standalone server that is restored from an old backup', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({});

  it('serves agents that know later epochs than it does, and says what it cannot know', async () => {
    await fleet.enroll('web1.example.com');
    const agent = await fleet.runAgent('web1.example.com');
    const copy = await backUp(fleet);
    expect((await status(fleet)).restoration).to.equal(null);
    // As if the epoch had been renewed since.
    await fleet.stopServer('hub');
    const disk = new DatabaseSync(join(fleet.hub.dataDir, 'vigo.db'));
    disk.exec('update placements set epoch = 5, max_epoch = 5; update envoys set epoch = 5');
    disk.close();
    await fleet.restart('hub');
    await agent.waitForLog('its new epoch', (line) => line.msg === 'checked in' && line.epoch === 5);
    await putBack(fleet, copy);
    const server = await fleet.restart('hub');
    await server.waitForLog('that it was restored', (line) => line.msg.startsWith('restored from the backup'));
    await isReconciled(fleet);
    const [envoy] = await waitFor('it is served again, under an epoch above all', async () => {
      const envoys = await fleet.envoys();
      return (envoys[0]?.epoch ?? 0) > 1_000 && envoys;
    });
    const before = Date.parse(envoy?.lastSeenAt ?? '') || 0;
    await waitFor('it checks in', async () => Date.parse((await fleet.envoys())[0]?.lastSeenAt ?? '') > before);
    expect(agent.running).to.equal(true);
    expect(await noteIsThere(fleet)).to.equal(false);
  });
});

describe('a note of a restore that cannot be read', function () {
  this.timeout(30_000);
  const fleet = useFleetProcesses({});

  it('keeps the server from starting, and is named', async () => {
    await fleet.stopServer('hub');
    const file = join(fleet.hub.dataDir, 'restored.json');
    await writeFile(file, '{"backupCreatedAt": 7}');
    const result = await fleet.cli(['serve', '--config', fleet.hub.configFile]);
    expect(result.code).to.equal(1);
    expect(result.stderr).to.include(file).and.to.include('DATA_DIR_UNUSABLE');
    await rm(file);
    await fleet.restart('hub');
  });
});
