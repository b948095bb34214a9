import { expect } from 'chai';
import { MoveReason } from '../../../src/gen/vigo/v1/admin_pb.js';
import { backUpHub } from '../../support/hub-backup.ts';
import { checkCalm, checkInvariants } from '../../support/invariants.ts';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';

describe('a restored hub that is killed at any step', function () {
  this.timeout(180_000);
  const newFleet = useFleet();

  /** A fleet about which the backup is wrong in every way. */
  const outdated = async () => {
    const fleet = await newFleet({ duplicateHostname: 'replace' });
    const agents: MemoryAgent[] = [];
    const enroll = async (name: string) => {
      const agent = await fleet.enroll(`${name}.dc1.example.com`);
      await agent.follow();
      agents.push(agent);
    };
    for (const name of ['web1', 'web2', 'web3', 'web4']) await enroll(name);
    await fleet.probes(1);
    const backup = await backUpHub(fleet);
    const order = { reason: MoveReason.REASSIGN, hostname: 'web1.*', to: 'dc2' };
    const { move } = await fleet.drive(fleet.hub.admin.startMove(order));
    await fleet.ended(move!.id);
    await fleet.hub.admin.revokeEnvoy({ envoy: 'web2.dc1.example.com' });
    await fleet.clock.advance(10);
    await enroll('web3');
    await enroll('new');
    for (const agent of agents) await agent.follow();
    return { fleet, agents, backup };
  };
  const active = (fleet: MemoryFleet) =>
    [...fleet.records.active().values()].map((row) => `${row.hostname.split('.')[0]} ${row.spoke_id} ${row.epoch}`);
  const TRUE = ['new dc1 1', 'web1 dc2 2', 'web3 dc1 1', 'web4 dc1 1'];

  /** The next hub brings it to its end. */
  const isFinished = async (fleet: MemoryFleet, agents: readonly MemoryAgent[], what: string) => {
    await fleet.hub.kill();
    await fleet.hub.start();
    await fleet.probes(4);
    expect(active(fleet).sort(), what).to.deep.equal(TRUE);
    expect((await fleet.hub.admin.getSpannerStatus({})).restoration, what).to.equal(undefined);
    expect(fleet.hub.restoredNote, what).to.equal(undefined);
    await checkInvariants(fleet, agents);
  };

  it('while it reconciles its spokes goes on and ends with the same directory', async () => {
    const { fleet, agents, backup } = await outdated();
    let deaths = 0;
    for (let n = 1; ; n++) {
      await backup.putBack();
      await fleet.hub.start({ killAtStep: n });
      await fleet.probes(3).catch(() => undefined);
      const lived = fleet.hub.running;
      await isFinished(fleet, agents, `killed at step ${n}`);
      if (lived) break;
      deaths++;
    }
    expect(deaths, 'steps of a reconciliation').to.be.above(20);
    await fleet.probes(4);
    await checkCalm(fleet, agents);
    const { entries } = await fleet.hub.admin.listAudit({ action: 'spoke.reconciled', subject: 'dc1' });
    expect(entries[0]?.detail).to.include(
      '2 envoys entered the directory, 1 changed their owner, 0 their epoch, 2 were revoked',
    );
  });

  it('while it takes out of its database what it must not go on with begins once more', async () => {
    const { fleet, agents, backup } = await outdated();
    for (let n = 1; n < 200; n++) {
      await backup.putBack();
      let statements = 0;
      fleet.hub.onStatement = () => {
        if (++statements === n) fleet.hub.life.kill();
      };
      const opened = await fleet.hub.start().then(
        () => true,
        () => false,
      );
      await settleTurns();
      fleet.hub.onStatement = undefined;
      await isFinished(fleet, agents, `killed after statement ${n} of its start`);
      if (opened) break;
      expect(n, 'statements of a start').to.be.below(150);
    }
    await fleet.probes(4);
    await checkCalm(fleet, agents);
  });
});
