import { expect } from 'chai';
import { thrownCode } from '../../support/rpc-failure.ts';
import { envoyRow, openSpokeParts, PACE, peerOf, type SpokeParts, traitsOf } from './fleet-memory.ts';

const TARGET = { spokeId: 'dc2', address: 'dc2.test:1530', identity: 'spiffe://test/spoke/dc2' };

describe('a check-in', () => {
  let parts: SpokeParts;
  beforeEach(async () => {
    parts = await openSpokeParts();
    await parts.custody.adopt([envoyRow('web1', { epoch: 3 })]);
  });
  afterEach(() => parts.database.destroy());

  it('of an envoy that is served here is seen, and told when to come back', () => {
    const answer = parts.checkIn('web1', { epoch: 3, configVersion: 'v1' });
    expect(answer).to.deep.include({ epoch: 3, sendTraits: true });
    expect(answer.nextCheckinAfterMs).to.be.within(PACE.intervalMs * 0.9, PACE.intervalMs * 1.1);
    expect(parts.index.get('web1')).to.include({ lastSeenAt: parts.clock.now(), configVersion: 'v1' });
    expect(parts.meter.perSecond()).to.equal(1);
  });

  it('is answered from memory: the disk is not touched', () => {
    parts.failWrites(true);
    expect(parts.checkIn('web1').epoch).to.equal(3);
  });

  it('does not mind an agent that knows an older epoch, or none', () => {
    for (const epoch of [0, 1, 2, 3]) expect(parts.checkIn('web1', { epoch }).epoch).to.equal(3);
  });

  it('sends an agent that knows a later epoch to the hub: this spoke has missed something', () => {
    expect(thrownCode(() => parts.checkIn('web1', { epoch: 4 }))).to.equal('NOT_SERVED_HERE');
    expect(parts.index.get('web1')?.lastSeenAt).to.equal(0);
  });

  it('with another key is refused: the identity was given anew', () => {
    expect(thrownCode(() => parts.checkInAs({ ...peerOf('web2'), envoyId: 'web1' }))).to.equal('IDENTITY_REVOKED');
  });

  it('of an envoy that nobody knows here is refused, but not for good', () => {
    expect(thrownCode(() => parts.checkIn('web9'))).to.equal('IDENTITY_UNKNOWN');
  });

  it('of an envoy that was released is redirected, at a time spread over what the hub has said', async () => {
    await parts.custody.release({ envoys: [{ id: 'web1', epoch: 4 }], target: TARGET, spreadMs: 500 });
    const delays = Array.from({ length: 50 }, () => {
      const { redirect, nextCheckinAfterMs } = parts.checkIn('web1', { epoch: 3 });
      expect(redirect).to.deep.equal({ target: TARGET, epoch: 4 });
      return nextCheckinAfterMs ?? Number.NaN;
    });
    expect(Math.min(...delays)).to.be.within(0, 100);
    expect(Math.max(...delays)).to.be.within(400, 500);
  });

  it('of an envoy that was revoked is refused for good', async () => {
    await parts.custody.revoke(['web1', 'never-seen']);
    expect(thrownCode(() => parts.checkIn('web1'))).to.equal('IDENTITY_REVOKED');
    expect(thrownCode(() => parts.checkIn('never-seen'))).to.equal('IDENTITY_REVOKED');
  });

  describe('with traits', () => {
    it('stores them, and asks for them only when it does not know them', async () => {
      const traits = traitsOf({ cpus: 8 });
      expect(parts.checkIn('web1', { traitsDigest: traits.traitsDigest }).sendTraits).to.equal(true);
      expect(parts.checkIn('web1', traits).sendTraits).to.equal(false);
      expect(parts.checkIn('web1', { traitsDigest: traits.traitsDigest }).sendTraits).to.equal(false);
      const newer = traitsOf({ cpus: 16 });
      expect(parts.checkIn('web1', { traitsDigest: newer.traitsDigest }).sendTraits).to.equal(true);
      expect(parts.checkIn('web1', newer).sendTraits).to.equal(false);
      expect(parts.checkIn('web1', {}).sendTraits, 'an agent that names no digest').to.equal(true);
      await parts.flusher.flush();
      const row = (await parts.rows()).get('web1');
      expect(Buffer.from(row!.traits_json!).toString()).to.equal('{"cpus":16}');
      expect(Buffer.from(row!.traits_digest!).equals(newer.traitsDigest)).to.equal(true);
    });

    it('keeps its own copy of the bytes', async () => {
      const traits = traitsOf({ cpus: 8 });
      parts.checkIn('web1', traits);
      traits.traitsJson.fill(0);
      await parts.flusher.flush();
      const [record] = await parts.custody.records(['web1']);
      expect(Buffer.from(record!.traits!).toString()).to.equal('{"cpus":8}');
    });

    const refused: [string, ReturnType<typeof traitsOf>][] = [
      ['whose digest is of other bytes', { ...traitsOf({ a: 1 }), traitsDigest: traitsOf({ a: 2 }).traitsDigest }],
      ['without a digest', { ...traitsOf({ a: 1 }), traitsDigest: Buffer.alloc(0) }],
      ['that are not JSON', traitsOf('{"a":')],
      ['that are not UTF-8', traitsOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))],
      ['that are an array', traitsOf([1, 2])],
      ['that are null', traitsOf('null')],
      ['that are a number', traitsOf('7')],
      ['of more than 64 KiB', traitsOf({ a: 'x'.repeat(64 * 1024) })],
    ];
    for (const [name, traits] of refused) {
      it(`${name} is refused, and changes nothing`, () => {
        expect(thrownCode(() => parts.checkIn('web1', { epoch: 3, configVersion: 'v2', ...traits }))).to.equal(
          'INVALID_ARGUMENT',
        );
        expect(parts.index.get('web1')).to.include({ lastSeenAt: 0, configVersion: '', traitsDigest: '' });
      });
    }

    it('of just 64 KiB is accepted', () => {
      const traits = traitsOf({ a: 'x'.repeat(64 * 1024 - 8) });
      expect(traits.traitsJson.length).to.equal(64 * 1024);
      expect(parts.checkIn('web1', traits).sendTraits).to.equal(false);
    });
  });
});
