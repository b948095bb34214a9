// What operators do, through a real hub: who, what, on which envoys, from where, with which result.
import { DatabaseSync } from 'node:sqlite';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { AdminService, type AuditEntry, MoveReason } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { ACTS } from '../../../../src/server/hub/audit/acts.ts';
import type { MemoryFleet } from '../../../support/memory-fleet.ts';
import { codeOf } from '../../../support/rpc-failure.ts';
import { useFleet } from '../../../support/use-fleet.ts';

describe('audit of acts', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;

  beforeEach(async () => {
    fleet = await newFleet();
    for (const name of ['web1', 'web2', 'web3']) await fleet.enroll(`${name}.dc1.example.com`);
    await fleet.probes(1);
  });

  /** Newest first, without what the hub did by itself and the tokens that `enroll` has made. */
  const acts = async (): Promise<AuditEntry[]> =>
    (await fleet.hub.admin.listAudit({})).entries.filter(
      ({ actor, action }) => actor !== 'hub' && action !== 'token.create',
    );
  const drain = (more = {}) =>
    fleet.drive(fleet.hub.admin.startMove({ reason: MoveReason.DRAIN, from: 'dc1', to: 'dc2', ...more }));

  it('knows every method that changes something, and no other', () => {
    const changing = AdminService.methods.filter(({ idempotency }) => idempotency !== Idempotency.NO_SIDE_EFFECTS);
    expect(Object.keys(ACTS).sort()).to.deep.equal(changing.map(({ localName }) => localName).sort());
  });

  it('tells who drained what, with the envoys, and how it ended', async () => {
    const { move } = await drain({ comment: 'new racks' });
    await fleet.ended(move!.id);
    const { entries } = await fleet.hub.admin.listAudit({ subject: move!.id });
    expect(entries.map(({ actor, action, detail }) => [actor, action, detail])).to.deep.equal([
      ['hub', 'move.ended', 'drain done: 3 of 3 envoys moved'],
      ['tester', 'move.start', 'drain: new racks; 3 from dc1 to dc2'],
    ]);
    const [ended, started] = entries;
    expect(ended).to.include({ envoyCount: 3, result: 'ok' });
    expect(started).to.deep.include({
      envoys: ['web1.dc1.example.com', 'web2.dc1.example.com', 'web3.dc1.example.com'],
      envoyCount: 3,
      result: 'ok',
    });
    expect(started!.origin).to.match(/\(api\)$/);
  });

  it('does not take a plan for an act', async () => {
    await drain({ dryRun: true });
    expect(await acts()).to.deep.equal([]);
  });

  it('has what was refused, with its code', async () => {
    expect(await codeOf(fleet.hub.admin.cordonSpoke({ id: 'dc9', comment: 'why' }))).to.equal('SPOKE_NOT_FOUND');
    const [entry] = await acts();
    expect(entry).to.include({ action: 'spoke.cordon', subject: 'dc9', detail: 'why', result: 'SPOKE_NOT_FOUND' });
  });

  it('names the envoy whose identity was taken away', async () => {
    const { id } = await fleet.drive(fleet.hub.admin.revokeEnvoy({ envoy: 'web2.dc1.example.com' }));
    const [entry] = await acts();
    expect(entry).to.deep.include({
      action: 'envoy.revoke',
      subject: id,
      envoys: ['web2.dc1.example.com'],
      envoyCount: 1,
    });
  });

  it('is not done, if it cannot be noted', async () => {
    const file = new DatabaseSync(fleet.hub.databaseFile);
    file.exec("CREATE TRIGGER full BEFORE INSERT ON audit_begun BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
    file.close();
    expect(await codeOf(fleet.hub.admin.cordonSpoke({ id: 'dc1' }))).to.equal('AUDIT_UNAVAILABLE');
    const { spokes } = await fleet.hub.admin.getSpannerStatus({});
    expect(spokes.find(({ id }) => id === 'dc1')!.reason).to.equal('');
  });

  it('fits together, whoever has done how much', async () => {
    await Promise.allSettled(['dc1', 'dc2', 'dc9', 'dc1'].map((id) => fleet.hub.admin.cordonSpoke({ id })));
    const verdict = await fleet.hub.admin.verifyAudit({});
    expect(verdict).to.include({ intact: true, firstBad: 0, problem: '' });
    expect(verdict.entries).to.be.greaterThan(4);
  });
});
