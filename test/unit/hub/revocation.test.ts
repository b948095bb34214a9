import { expect } from 'chai';
import { MoveReason, MoveState } from '../../../src/gen/vigo/v1/admin_pb.js';
import { checkCalm, checkInvariants } from '../../support/invariants.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';

const WEB1 = 'web1.dc1.example.com';

describe('revoking an envoy', () => {
  const newFleet = useFleet();

  it('takes effect at its next check-in, and is told once', async () => {
    const fleet = await newFleet();
    const agent = await fleet.enroll(WEB1);
    await agent.follow();
    const answer = await fleet.hub.admin.revokeEnvoy({ envoy: WEB1 });
    expect(answer).to.include({ id: agent.id, hostname: WEB1, delivered: true });
    expect(await agent.follow()).to.equal(undefined);
    expect(agent.revoked).to.equal(true);
    expect(await codeOf(fleet.hub.admin.revokeEnvoy({ envoy: WEB1 }))).to.equal('ENVOY_NOT_FOUND');
    expect(await codeOf(fleet.hub.admin.revokeEnvoy({ envoy: agent.id }))).to.equal('ENVOY_NOT_FOUND');
    expect((await fleet.drive(fleet.hub.admin.listEnvoys({}))).total).to.equal(0);
    await checkCalm(fleet, [agent]);
    const next = await fleet.enroll(WEB1);
    expect(next.id).not.to.equal(agent.id);
    await checkCalm(fleet, [agent, next]);
  });

  it('reaches a spoke that is down before it serves as healthy again; the hub refuses meanwhile', async () => {
    const fleet = await newFleet();
    const agent = await fleet.enroll(WEB1);
    await fleet.spoke('dc1').kill();
    expect((await fleet.hub.admin.revokeEnvoy({ envoy: WEB1 })).delivered).to.equal(false);
    expect(await agent.follow(), 'the spoke is down, and the hub says so').to.equal(undefined);
    expect(agent.revoked).to.equal(true);
    await checkInvariants(fleet, []);
    await fleet.hub.kill();
    await fleet.hub.start();
    await fleet.spoke('dc1').start();
    await fleet.probes(3);
    expect(fleet.records.envoys('dc1').size).to.equal(0);
    await checkCalm(fleet, [agent]);
  });

  it('while it moves reaches both spokes, whichever has it', async () => {
    const fleet = await newFleet();
    const agent = await fleet.enroll(WEB1);
    await agent.follow();
    fleet.spoke('dc2').lostAnswers.add('Adopt');
    const { move } = await fleet.hub.admin.startMove({ reason: MoveReason.REASSIGN, hostname: WEB1, to: 'dc2' });
    await settleTurns();
    expect([fleet.records.envoys('dc1').size, fleet.records.envoys('dc2').size]).to.deep.equal([1, 1]);
    expect((await fleet.hub.admin.revokeEnvoy({ envoy: WEB1 })).delivered).to.equal(true);
    expect([fleet.records.envoys('dc1').size, fleet.records.envoys('dc2').size]).to.deep.equal([0, 0]);
    fleet.spoke('dc2').lostAnswers.clear();
    const ended = await fleet.ended(move!.id);
    expect(ended).to.include({ state: MoveState.INCOMPLETE, moved: 0, failedCount: 1 });
    await checkCalm(fleet, [agent]);
  });

  it('survives a hub that is killed at any step of it', async () => {
    const fleet = await newFleet();
    for (let step = 1; ; step++) {
      const agent = await fleet.enroll(WEB1);
      fleet.hub.life.killAtStep(step);
      const answer = await fleet.hub.admin.revokeEnvoy({ envoy: WEB1 }).catch(() => undefined);
      if (answer && fleet.hub.running) break;
      await fleet.hub.kill();
      await fleet.hub.start();
      await fleet.probes(3);
      await checkCalm(fleet, [agent]);
      if (fleet.records.active().has(agent.id)) await fleet.hub.admin.revokeEnvoy({ envoy: WEB1 });
    }
  });
});

describe('what operators say about a spoke', () => {
  const newFleet = useFleet();

  it('is kept: a cordoned spoke serves on, takes nobody, and may again when it is uncordoned', async () => {
    const fleet = await newFleet();
    const agent = await fleet.enroll(WEB1);
    await fleet.hub.admin.cordonSpoke({ id: 'dc1', comment: 'new disks' });
    await fleet.hub.kill();
    await fleet.hub.start();
    expect(await agent.follow()).to.deep.equal({ spoke: 'dc1', epoch: 1 });
    const { spokes } = await fleet.hub.admin.getSpannerStatus({});
    expect(spokes[0]).to.include({ reason: 'cordoned: new disks', online: true });
    expect(await codeOf(fleet.enroll('web2.dc1.example.com'))).to.equal('SPOKE_NOT_ELIGIBLE');
    await fleet.hub.admin.uncordonSpoke({ id: 'dc1' });
    await fleet.enroll('web2.dc1.example.com');
    expect(await codeOf(fleet.hub.admin.cordonSpoke({ id: 'dc9' }))).to.equal('SPOKE_NOT_FOUND');
    expect(await codeOf(fleet.hub.admin.uncordonSpoke({ id: 'dc9' }))).to.equal('SPOKE_NOT_FOUND');
    expect(await codeOf(fleet.hub.admin.cordonSpoke({ id: 'dc1', comment: 'x'.repeat(501) }))).to.equal(
      'INVALID_ARGUMENT',
    );
  });
});
