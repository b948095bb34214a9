import { expect } from 'chai';
import { MoveReason } from '../../../src/gen/vigo/v1/admin_pb.js';
import { generatePrivateKeyPem } from '../../../src/pki/keys.ts';
import { toVigoError } from '../../../src/rpc/errors.ts';
import { checkCalm, checkInvariants } from '../../support/invariants.ts';
import type { EnrollOptions, MemoryFleet, MemoryFleetOptions } from '../../support/memory-fleet.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';

const WEB1 = 'web1.dc1.example.com';
const TAKEN = 'web9.dc1.example.com';

describe('enrolment', () => {
  const newFleet = useFleet();

  it('places an envoy by the first pattern that matches, and its owner serves it', async () => {
    const fleet = await newFleet({ spokes: { dc1: ['db*', '*.dc1.*'], dc2: ['*'] } });
    const web = await fleet.enroll('Web1.DC1.example.com.', { csrName: WEB1 });
    const other = await fleet.enroll('mail.example.com');
    expect(await web.follow()).to.deep.equal({ spoke: 'dc1', epoch: 1 });
    expect(await other.follow()).to.deep.equal({ spoke: 'dc2', epoch: 1 });
    expect(fleet.records.active().get(web.id)).to.include({ hostname: WEB1, spoke_id: 'dc1', epoch: 1, max_epoch: 1 });
    await checkInvariants(fleet, [web, other]);
  });

  it('is refused before anything is looked at where too many come at once, and has room again soon', async () => {
    const fleet = await newFleet();
    const nonsense = () => codeOf(fleet.hub.enrollment.enroll({ token: 'x', hostname: WEB1, csr: new Uint8Array(9) }));
    const codes = await Promise.all(Array.from({ length: 300 }, nonsense));
    const count = (code: string) => codes.filter((found) => found === code).length;
    expect(count('OVERLOADED')).to.equal(200);
    expect(count('INVALID_CSR')).to.equal(100);
    const busy = await fleet.hub.enrollment.joinSpoke({ token: 'x', spokeId: 'dc1' }).catch((error: unknown) => error);
    expect(toVigoError(busy, { target: 'the hub' }).retryAfterMs).to.be.within(20, 30_000);
    await fleet.clock.advance(2_000);
    const agent = await fleet.enroll(WEB1);
    expect(await agent.follow()).to.deep.equal({ spoke: 'dc1', epoch: 1 });
  });

  it('falls back to the default spoke', async () => {
    const fleet = await newFleet({ defaultSpoke: 'dc2' });
    const agent = await fleet.enroll('mail.example.com');
    expect(await agent.follow()).to.deep.equal({ spoke: 'dc2', epoch: 1 });
  });

  it('gives the same envoy to the same key again, also when the token is used up, and takes no further use', async () => {
    const fleet = await newFleet();
    const { token, id } = await fleet.token(1);
    const keyPem = generatePrivateKeyPem();
    const first = await fleet.enroll(WEB1, { token, keyPem });
    const again = await fleet.enroll(WEB1, { token, keyPem });
    expect(again.id).to.equal(first.id);
    expect(fleet.records.active().size).to.equal(1);
    expect(await codeOf(fleet.enroll('web2.dc1.example.com', { token }))).to.equal('TOKEN_EXHAUSTED');
    await fleet.hub.admin.revokeEnrollmentToken({ id });
    expect(await codeOf(fleet.enroll(WEB1, { token, keyPem }))).to.equal('TOKEN_REVOKED');
  });

  it('lets one of two enrolments win that take the last use at the same time', async () => {
    const fleet = await newFleet();
    const { token } = await fleet.token(1);
    const results = await Promise.allSettled(
      ['web1', 'web2', 'web3'].map((name) => fleet.enroll(`${name}.dc1.example.com`, { token })),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).to.have.length(1);
    expect(fleet.records.placements()).to.have.length(1);
    await checkCalm(fleet, []);
  });

  it('lets one of two machines win that claim the same name at the same time', async () => {
    const fleet = await newFleet();
    const results = await Promise.allSettled([fleet.enroll(WEB1), fleet.enroll(WEB1), fleet.enroll(WEB1)]);
    expect(results.filter((result) => result.status === 'fulfilled')).to.have.length(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(await codeOf(Promise.reject(result.reason))).to.equal('HOSTNAME_TAKEN');
    }
    await checkInvariants(fleet, []);
  });

  it('takes a record back that a spoke has stored, but not confirmed', async () => {
    const fleet = await newFleet();
    fleet.spoke('dc1').lostAnswers.add('Adopt');
    expect(await codeOf(fleet.enroll(WEB1))).to.equal('SPOKE_UNAVAILABLE');
    expect(fleet.records.envoys('dc1').size).to.equal(1);
    expect(fleet.records.placements()).to.deep.equal([]);
    await checkInvariants(fleet, []);
    fleet.spoke('dc1').lostAnswers.clear();
    await fleet.probes();
    expect(fleet.records.envoys('dc1').size).to.equal(0);
    await fleet.enroll(WEB1);
    await checkCalm(fleet, []);
  });

  it('takes back at the next start what a killed hub left half-done, at whatever step it was killed', async () => {
    const fleet = await newFleet();
    await fleet.enroll('web9.dc1.example.com');
    const { token } = await fleet.token(100);
    const keyPem = generatePrivateKeyPem();
    for (let step = 1; ; step++) {
      fleet.hub.life.killAtStep(step);
      const enrolled = await fleet.enroll(WEB1, { token, keyPem }).catch(() => undefined);
      if (enrolled && fleet.hub.running) {
        expect(step, 'steps of an enrolment').to.be.above(5);
        break;
      }
      await fleet.hub.kill();
      await fleet.hub.start();
      await fleet.probes();
      await checkCalm(fleet, []);
      const repeated = await fleet.enroll(WEB1, { token, keyPem });
      await checkCalm(fleet, [repeated]);
      await fleet.hub.admin.revokeEnvoy({ envoy: WEB1 });
    }
  });

  describe('is refused with its own code, and leaves nothing behind:', () => {
    interface Refusal {
      readonly hostname?: string;
      readonly options?: MemoryFleetOptions;
      /** Resolves to how the machine enrols, if not in the usual way. */
      arrange?(fleet: MemoryFleet): Promise<unknown>;
    }
    const refuses = (name: string, code: string, { hostname = WEB1, options = {}, arrange }: Refusal) =>
      it(`${name}: ${code}`, async () => {
        const fleet = await newFleet(options);
        await fleet.enroll(TAKEN);
        const how = (await arrange?.(fleet)) as EnrollOptions | undefined;
        const before = state(fleet);
        expect(await codeOf(fleet.enroll(hostname, how))).to.equal(code);
        await settleTurns();
        expect(state(fleet)).to.deep.equal(before);
        await fleet.hub.stop();
        await fleet.hub.start();
        await checkInvariants(fleet, []);
        expect(state(fleet)).to.deep.equal(before);
      });
    const state = ({ records }: MemoryFleet) => ({
      placements: records.placements().map((row) => `${row.hostname} ${row.state}`),
      used: records.tokens().map((token) => token.uses - token.uses_left),
      stored: [...records.envoys('dc1').values()].map((row) => row.hostname),
    });

    refuses('a name that no pattern matches', 'NO_SPOKE_FOR_HOSTNAME', { hostname: 'mail.example.com' });
    refuses('a name that is taken', 'HOSTNAME_TAKEN', { hostname: TAKEN });
    refuses('a name that is taken, written otherwise', 'HOSTNAME_TAKEN', {
      hostname: `${TAKEN.toUpperCase()}.`,
      arrange: async () => ({ csrName: TAKEN }),
    });
    refuses('a name that is none', 'INVALID_HOSTNAME', { hostname: '-bad-' });
    refuses('a request for another name', 'INVALID_CSR', { arrange: async () => ({ csrName: 'db1.dc1.example.com' }) });
    refuses('a token that nobody made', 'TOKEN_INVALID', { arrange: async () => ({ token: 'vigoe_unknown' }) });
    refuses('a token that is used up', 'TOKEN_EXHAUSTED', {
      async arrange(fleet) {
        const { token } = await fleet.token(1);
        await fleet.enroll('web8.dc1.example.com', { token });
        return { token };
      },
    });
    refuses('a token that has expired', 'TOKEN_EXPIRED', {
      async arrange(fleet) {
        const { token } = await fleet.token(5, 60);
        await fleet.clock.advance(60_000);
        return { token };
      },
    });
    refuses('a token that was revoked', 'TOKEN_REVOKED', {
      async arrange(fleet) {
        const { token, id } = await fleet.token(5);
        await fleet.hub.admin.revokeEnrollmentToken({ id });
        return { token };
      },
    });
    refuses('one envoy more than the license covers', 'LICENSE_EXHAUSTED', { options: { licensedEnvoys: 1 } });
    refuses('a spoke that is down, as the hub knows', 'SPOKE_UNAVAILABLE', {
      async arrange(fleet) {
        await fleet.spoke('dc1').kill();
        await fleet.probes(4);
      },
    });
    refuses('a spoke that has just gone down', 'SPOKE_UNAVAILABLE', { arrange: (fleet) => fleet.spoke('dc1').kill() });
    refuses('a cordoned spoke', 'SPOKE_NOT_ELIGIBLE', {
      async arrange(fleet) {
        await fleet.hub.admin.cordonSpoke({ id: 'dc1' });
      },
    });
  });

  it('tells who has no token nothing about names, patterns and spokes', async () => {
    const fleet = await newFleet({ licensedEnvoys: 1 });
    await fleet.enroll(WEB1);
    const token = 'vigoe_unknown';
    expect(await codeOf(fleet.enroll(WEB1, { token }))).to.equal('TOKEN_INVALID');
    expect(await codeOf(fleet.enroll('mail.example.com', { token }))).to.equal('TOKEN_INVALID');
    await fleet.spoke('dc1').kill();
    expect(await codeOf(fleet.enroll('web2.dc1.example.com', { token }))).to.equal('TOKEN_INVALID');
  });

  it('refuses a request that is no request', async () => {
    const fleet = await newFleet();
    const { token } = await fleet.token();
    const csr = Buffer.from('hello');
    expect(await codeOf(fleet.hub.enrollment.enroll({ token, hostname: WEB1, csr }))).to.equal('INVALID_CSR');
  });

  it('counts a reservation for the license, and frees the place of a revoked envoy', async () => {
    const fleet = await newFleet({ licensedEnvoys: 2 });
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => fleet.enroll(`${name}.dc1.example.com`)));
    expect(results.filter((result) => result.status === 'fulfilled')).to.have.length(2);
    const [first] = fleet.records.active().values();
    await fleet.hub.admin.revokeEnvoy({ envoy: first!.id });
    await fleet.enroll('d.dc1.example.com');
    expect((await fleet.hub.admin.getLicense({})).envoysUsed).to.equal(2);
  });
});

describe('enrolment in place of an envoy (duplicate_hostname: replace)', () => {
  const newFleet = useFleet();

  it('gives the name to the new machine and takes the old one its identity', async () => {
    const fleet = await newFleet({ duplicateHostname: 'replace', licensedEnvoys: 1 });
    const old = await fleet.enroll(WEB1);
    const fresh = await fleet.enroll(WEB1);
    await settleTurns();
    expect(fresh.id).not.to.equal(old.id);
    expect(await fresh.follow()).to.deep.equal({ spoke: 'dc1', epoch: 1 });
    expect(await old.follow()).to.equal(undefined);
    expect(old.revoked).to.equal(true);
    await checkCalm(fleet, [old, fresh]);
  });

  it('keeps the old envoy if the spoke does not take the new one', async () => {
    const fleet = await newFleet({ duplicateHostname: 'replace' });
    const old = await fleet.enroll(WEB1);
    fleet.spoke('dc1').lostAnswers.add('Adopt');
    expect(await codeOf(fleet.enroll(WEB1))).to.equal('SPOKE_UNAVAILABLE');
    fleet.spoke('dc1').lostAnswers.clear();
    await fleet.probes();
    expect(await old.follow()).to.deep.equal({ spoke: 'dc1', epoch: 1 });
    await checkCalm(fleet, [old]);
  });

  it('also tells the target of a move that has the old envoy on its way', async () => {
    const fleet = await newFleet({ duplicateHostname: 'replace' });
    const old = await fleet.enroll(WEB1);
    fleet.spoke('dc2').lostAnswers.add('Adopt');
    const { move } = await fleet.hub.admin.startMove({ reason: MoveReason.REASSIGN, hostname: WEB1, to: 'dc2' });
    await settleTurns();
    expect(fleet.records.envoys('dc2').size, 'the target has it').to.equal(1);
    const fresh = await fleet.enroll(WEB1);
    fleet.spoke('dc2').lostAnswers.clear();
    await fleet.ended(move!.id);
    await fleet.probes();
    expect(fleet.records.envoys('dc2').size).to.equal(0);
    await checkCalm(fleet, [old, fresh]);
  });
});
