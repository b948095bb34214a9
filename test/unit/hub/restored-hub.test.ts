import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { MoveReason, MoveState, SpokeHealth } from '../../../src/gen/vigo/v1/admin_pb.js';
import { secretHash } from '../../../src/server/platform/admin-auth.ts';
import { backUpHub } from '../../support/hub-backup.ts';
import { checkCalm, checkInvariants, listAll } from '../../support/invariants.ts';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet, MemoryFleetOptions } from '../../support/memory-fleet.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { createRunLedger } from '../../support/run-ledger.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';

const THREE = { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'], dc3: ['*.dc3.*'] };

describe('a hub that was restored from an old backup', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;
  let agents: MemoryAgent[];

  const populate = async (options?: MemoryFleetOptions) => {
    fleet = await newFleet(options);
    agents = [];
    for (const name of ['web1', 'web2', 'web3']) await enroll(`${name}.dc1.example.com`);
    await fleet.probes(1);
  };
  const enroll = async (hostname: string): Promise<MemoryAgent> => {
    const agent = await fleet.enroll(hostname);
    agents.push(agent);
    await agent.follow();
    return agent;
  };
  const followAll = async () => {
    for (const agent of agents) await agent.follow();
  };
  const reassign = async (hostname: string, to: string) => {
    const order = { reason: MoveReason.REASSIGN, hostname, to };
    const { move } = await fleet.drive(fleet.hub.admin.startMove(order));
    const ended = await fleet.ended(move!.id);
    await followAll();
    return ended;
  };
  const revoke = (envoy: string) => fleet.hub.admin.revokeEnvoy({ envoy });
  const status = () => fleet.hub.admin.getSpannerStatus({});
  const healthOf = async (id: string) => (await status()).spokes.find((spoke) => spoke.id === id)!.health;
  const active = () =>
    [...fleet.records.active().values()]
      .map((row) => `${row.hostname.split('.')[0]} ${row.spoke_id} ${row.epoch}`)
      .sort();
  const audited = async (action: string) =>
    (await fleet.hub.admin.listAudit({ action })).entries.map(({ subject, detail }) => `${subject}: ${detail}`);
  const calm = async () => {
    await fleet.probes(8);
    expect((await status()).restoration, 'all is reconciled').to.equal(undefined);
    await checkInvariants(fleet, agents);
    await checkCalm(fleet, agents);
  };

  it('knows again who was enrolled, moved and revoked since', async () => {
    await populate();
    const backup = await backUpHub(fleet);
    await reassign('web1.*', 'dc2');
    await revoke('web2.dc1.example.com');
    await enroll('new1.dc1.example.com');
    await enroll('new2.dc2.example.com');
    await reassign('new2.*', 'dc1');
    await backup.restore();
    expect(active()).to.deep.equal(['web1 dc1 1', 'web2 dc1 1', 'web3 dc1 1']);
    await fleet.probes(3);
    expect(active()).to.deep.equal(['new1 dc1 1', 'new2 dc1 2', 'web1 dc2 2', 'web3 dc1 1']);
    await calm();
    const { envoys } = await listAll(fleet);
    expect(envoys.map(({ hostname, spoke }) => `${hostname} ${spoke}`)).to.deep.equal([
      'new1.dc1.example.com dc1',
      'new2.dc2.example.com dc1',
      'web1.dc1.example.com dc2',
      'web3.dc1.example.com dc1',
    ]);
    expect(agents[1]!.revoked).to.equal(true);
    expect(fleet.hub.restoredNote, 'the note of the restore is taken away').to.equal(undefined);
    expect(await audited('spoke.reconciled')).to.have.members([
      'dc1: after the restore its word counted once: 2 envoys entered the directory, 1 changed their owner, 0 their epoch, 1 were revoked',
      'dc2: after the restore its word counted once: 0 envoys entered the directory, 0 changed their owner, 0 their epoch, 0 were revoked',
    ]);
    const [restored] = await audited('hub.restored');
    expect(restored).to.match(/backup of 20.*users list.*tokens list/);
    expect(await audited('hub.reconciled')).to.have.length(1);
    // What it gives out from now on is above all that was given out in the time that it has forgotten.
    await reassign('web1.*', 'dc1');
    await reassign('*', 'dc2');
    for (const row of fleet.records.active().values()) expect(row.epoch).to.be.above(1_000);
    await calm();
  });

  it('takes over nothing twice, and nothing later: a spoke that claims once more is corrected', async () => {
    await populate();
    const backup = await backUpHub(fleet);
    await backup.restore();
    await calm();
    await fleet.hub.stop();
    await fleet.hub.start();
    await calm();
    expect(await audited('hub.restored')).to.have.length(1);
    expect(await audited('spoke.reconciled')).to.have.length(2);
    expect(fleet.spoke('dc1').calls.get('ListTombstones')).to.equal(1);
  });

  it('tells agents that it does not know to ask later, not that they were revoked', async () => {
    await populate();
    const backup = await backUpHub(fleet);
    const agent = await enroll('new.dc1.example.com');
    await fleet.spoke('dc1').kill();
    await backup.restore();
    await fleet.probes(5);
    expect(await agent.follow(20)).to.equal(undefined);
    expect(agent.revoked).to.equal(false);
    await fleet.spoke('dc1').start();
    await calm();
  });

  it('takes in whom the license does not cover, and no more', async () => {
    await populate({ licensedEnvoys: 4 });
    const backup = await backUpHub(fleet);
    await enroll('new1.dc1.example.com');
    await revoke('web1.dc1.example.com');
    await enroll('new2.dc1.example.com');
    await fleet.spoke('dc1').kill();
    await backup.restore();
    await fleet.probes(3);
    // Nobody remembers that web1 was revoked but dc1, so it counts until then.
    await enroll('late.dc2.example.com');
    await fleet.spoke('dc1').start();
    await calm();
    const { licensedEnvoys, envoys } = await fleet.hub.admin.getOverview({});
    expect({ licensedEnvoys, envoys }).to.deep.equal({ licensedEnvoys: 4, envoys: 5 });
    const refused = await fleet.enroll('more.dc1.example.com').catch((error: Error) => error.message);
    expect(refused).to.match(/license/i);
  });

  it('waits for a spoke that is away, keeps its envoys findable, and hears it before it is healthy', async () => {
    await populate({ spokes: THREE });
    const backup = await backUpHub(fleet);
    await reassign('web1.*', 'dc2');
    await reassign('web2.*', 'dc2');
    await revoke('web2.dc1.example.com');
    await enroll('new.dc2.example.com');
    await fleet.spoke('dc2').kill();
    await backup.restore();
    await fleet.probes(6);
    // dc1 has said where it went.
    expect(active()).to.deep.equal(['web1 dc2 2', 'web2 dc2 2', 'web3 dc1 1']);
    const before = await status();
    expect(before.restoration?.unreconciled).to.deep.equal(['dc2']);
    expect(before.warnings.map(({ spoke, code }) => `${spoke} ${code}`)).to.include('dc2 unreconciled');
    const attention = (await fleet.hub.admin.getOverview({})).attention.map(({ kind }) => kind);
    expect(attention).to.include('restored');
    expect(fleet.hub.restoredNote).not.to.equal(undefined);
    const { envoys, complete } = await listAll(fleet);
    expect(envoys.map(({ hostname, stale }) => `${hostname.split('.')[0]} ${stale}`)).to.deep.equal([
      'web1 true',
      'web2 true',
      'web3 false',
    ]);
    expect(complete).to.equal(false);
    // The hub may be started anew meanwhile: dc1 is not asked again.
    await fleet.hub.stop();
    await fleet.hub.start();
    await fleet.probes(3);
    expect(fleet.spoke('dc1').calls.get('ListTombstones')).to.equal(1);
    expect((await status()).restoration?.unreconciled).to.deep.equal(['dc2']);
    // It is back, and does not say what it knows.
    fleet.spoke('dc2').lostAnswers.add('ListTombstones');
    await fleet.spoke('dc2').start();
    await fleet.probes(4);
    expect(await healthOf('dc2')).to.equal(SpokeHealth.RECOVERING);
    // Nobody is given to it, neither a new envoy nor one that is moved.
    expect(await codeOf(fleet.enroll('more.dc2.example.com'))).to.equal('SPOKE_UNAVAILABLE');
    const order = { reason: MoveReason.REASSIGN, hostname: 'web3.*', to: 'dc2' };
    expect(await codeOf(fleet.drive(fleet.hub.admin.startMove(order)))).to.equal('SPOKE_UNAVAILABLE');
    fleet.spoke('dc2').lostAnswers.clear();
    await calm();
    expect(active()).to.deep.equal(['new dc2 1', 'web1 dc2 2', 'web3 dc1 1']);
    expect(agents[1]!.revoked).to.equal(true);
  });

  it('does not drain a failed spoke by itself before it has heard of it', async () => {
    await populate({ spokes: THREE, autoFailover: { enabled: true } });
    const backup = await backUpHub(fleet);
    await revoke('web1.dc1.example.com');
    await fleet.spoke('dc1').kill();
    await backup.restore();
    await fleet.probes(10);
    const { failover } = await status();
    expect(failover?.held.map(({ spoke, guard }) => `${spoke} ${guard}`)).to.deep.equal(['dc1 unreconciled']);
    await fleet.spoke('dc1').start();
    await calm();
    expect(active()).to.deep.equal(['web2 dc1 1', 'web3 dc1 1']);
    await fleet.spoke('dc1').kill();
    await fleet.probes(12);
    expect(new Set([...fleet.records.active().values()].map(({ spoke_id }) => spoke_id)).has('dc1')).to.equal(false);
    await fleet.spoke('dc1').start();
    await calm();
  });

  it('that two spokes name as owners believes the later one, and the other lets go', async () => {
    await populate();
    const backup = await backUpHub(fleet);
    // dc1 is away when its envoys are moved: it has not let them go, and the hub that was to tell it forgets it.
    await fleet.spoke('dc1').kill();
    await fleet.probes(4);
    const { move } = await fleet.drive(fleet.hub.admin.startMove({ reason: MoveReason.DRAIN, from: 'dc1', to: 'dc2' }));
    await fleet.ended(move!.id);
    await followAll();
    await backup.putBack();
    await fleet.spoke('dc1').start();
    await fleet.hub.start();
    await fleet.probes(3);
    expect(active()).to.deep.equal(['web1 dc2 2', 'web2 dc2 2', 'web3 dc2 2']);
    await calm();
    expect(fleet.records.envoys('dc1').size).to.equal(0);
  });

  it('gives an envoy that moved on while the spoke was away a higher epoch than the spoke knows', async () => {
    await populate({ spokes: THREE });
    const backup = await backUpHub(fleet);
    await fleet.spoke('dc1').kill();
    await fleet.probes(4);
    const drain = { reason: MoveReason.DRAIN, from: 'dc1', to: 'dc2' };
    await fleet.ended((await fleet.drive(fleet.hub.admin.startMove(drain))).move!.id);
    await followAll();
    // dc2 has them under 2; the restored hub knows nothing of it, and moves them once more.
    await fleet.spoke('dc2').kill();
    await backup.putBack();
    await fleet.spoke('dc1').start();
    await fleet.hub.start();
    await fleet.probes(4);
    expect((await reassign('*.dc1.*', 'dc3')).state).to.equal(MoveState.DONE);
    await fleet.spoke('dc2').start();
    await calm();
    expect(active()).to.deep.equal(['web1 dc3 1002', 'web2 dc3 1002', 'web3 dc3 1002']);
  });

  it('goes on with no move of that time, and with no enrolment', async () => {
    await populate();
    // A move in the middle, an enrolment in the middle.
    fleet.hub.onCall = (_spoke, method) => {
      if (method === 'Adopt') fleet.hub.life.killAtStep(2);
    };
    await fleet.hub.admin
      .startMove({ reason: MoveReason.DRAIN, from: 'dc1', to: 'dc2', comment: 'old' })
      .catch(() => undefined);
    await settleTurns();
    fleet.hub.onCall = undefined;
    const backup = await backUpHub(fleet);
    // It ended well, and they have gone back since.
    await fleet.hub.kill();
    await fleet.hub.start();
    await fleet.probes(4);
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    expect((await reassign('web*', 'dc1')).state).to.equal(MoveState.DONE);
    await backup.restore();
    const { moves } = await fleet.hub.admin.listMoves({});
    expect(moves.map(({ state }) => state)).to.deep.equal([MoveState.CANCELLED]);
    await calm();
    expect(active()).to.deep.equal(['web1 dc1 3', 'web2 dc1 3', 'web3 dc1 3']);
    const { spokes } = await status();
    expect(spokes[0]?.reason).to.equal('cordoned: old');
  });

  it('keeps an envoy whose enrolment had just begun when the backup was made', async () => {
    await populate();
    let backup: Awaited<ReturnType<typeof backUpHub>> | undefined;
    let copied: Promise<void> | undefined;
    fleet.hub.onCall = (_spoke, method) => {
      if (method !== 'Adopt' || copied) return;
      copied = backUpHub(fleet).then((made) => {
        backup = made;
      });
    };
    const agent = await enroll('half.dc1.example.com');
    await copied;
    fleet.hub.onCall = undefined;
    await backup!.restore();
    await calm();
    expect(agent.revoked).to.equal(false);
    expect(active()).to.include('half dc1 1');
  });

  it('has one envoy for a host name that was enrolled anew', async () => {
    await populate({ duplicateHostname: 'replace' });
    const backup = await backUpHub(fleet);
    await fleet.clock.advance(10);
    const anew = await enroll('web1.dc1.example.com');
    await backup.restore();
    await calm();
    expect(fleet.records.active().has(anew.id)).to.equal(true);
    expect(agents[0]!.revoked).to.equal(true);
  });

  it('finds two envoys of one name that live, revokes the earlier one, and says so', async () => {
    await populate({ spokes: THREE });
    const backup = await backUpHub(fleet);
    await reassign('web1.*', 'dc2');
    await enroll('twin.dc1.example.com');
    await reassign('twin.*', 'dc2');
    await fleet.spoke('dc2').kill();
    await backup.restore();
    await fleet.probes(6);
    // dc2 is away: nobody knows yet that the name is taken.
    const second = await enroll('twin.dc1.example.com');
    await fleet.spoke('dc2').start();
    await calm();
    expect(fleet.records.active().has(second.id)).to.equal(true);
    expect(agents.find(({ hostname }) => hostname.startsWith('twin'))!.revoked).to.equal(true);
    const { entries } = await fleet.hub.admin.listAudit({ action: 'envoy.duplicate' });
    expect(entries.map(({ envoys }) => envoys)).to.deep.equal([['twin.dc1.example.com']]);
  });

  it('gives a spoke that has lost all of its own what the backup knows', async () => {
    await populate();
    const backup = await backUpHub(fleet);
    await fleet.spoke('dc1').kill();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${fleet.spoke('dc1').databaseFile}${suffix}`, { force: true });
    await backup.putBack();
    await fleet.spoke('dc1').start();
    fleet.records.replaced('dc1');
    await fleet.hub.start();
    await calm();
    expect(active()).to.deep.equal(['web1 dc1 1', 'web2 dc1 1', 'web3 dc1 1']);
  });

  it('gives an owner the epoch of a move that was given up, and leaves to it how the envoy is', async () => {
    await populate();
    const backup = await backUpHub(fleet);
    const ledger = createRunLedger(fleet);
    for (let run = 0; run < 3; run++) ledger.make(agents[0]!, 'changed');
    await ledger.deliver(agents[0]!);
    const verdict = () => {
      const row = fleet.records.envoys('dc1').get(agents[0]!.id)!;
      return { epoch: row.epoch, streak: row.changed_streak, status: row.status, traits: row.traits_digest !== null };
    };
    // dc2 has adopted it, and the hub does not know: it takes that back.
    fleet.spoke('dc2').lostAnswers.add('Adopt');
    const order = { reason: MoveReason.REASSIGN, hostname: 'web1.*', to: 'dc2' };
    const { move } = await fleet.drive(fleet.hub.admin.startMove(order));
    expect((await fleet.ended(move!.id)).state).to.equal(MoveState.INCOMPLETE);
    fleet.spoke('dc2').lostAnswers.clear();
    await fleet.probes(3);
    const before = verdict();
    expect(before).to.include({ epoch: 1, streak: 3 });
    await backup.restore();
    await calm();
    expect(verdict()).to.deep.equal({ ...before, epoch: 3 });
  });

  it('ends the sessions of the backup', async () => {
    await populate();
    const disk = new DatabaseSync(fleet.hub.databaseFile);
    const source = secretHash('vgot_of-the-memory-hub').toString('hex');
    const now = fleet.clock.now();
    disk
      .prepare("insert into sessions values ('id', 'hash', 'admin', 'admin', 'token', ?, ?, ?, ?, '10.0.0.1')")
      .run(source, now, now + 3_600_000, now);
    disk.close();
    expect((await fleet.hub.admin.listSessions({})).sessions).to.have.length(1);
    const backup = await backUpHub(fleet);
    await backup.restore();
    expect((await fleet.hub.admin.listSessions({})).sessions).to.deep.equal([]);
    await calm();
  });
});
