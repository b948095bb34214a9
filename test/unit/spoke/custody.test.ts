import { expect } from 'chai';
import fc from 'fast-check';
import { envoyRow, openSpokeParts, type SpokeParts, traitsOf } from './fleet-memory.ts';

const TARGET = { spokeId: 'dc2', address: 'dc2.test:1530', identity: 'spiffe://test/spoke/dc2' };
const REVOKED = 2 ** 31 - 1;

describe('custody', () => {
  let parts: SpokeParts;
  beforeEach(async () => {
    parts = await openSpokeParts();
  });
  afterEach(() => parts.database.destroy());

  const adopt = (epoch: number) => parts.custody.adopt([envoyRow('web1', { epoch })]);
  const release = (...epochs: number[]) =>
    parts.custody.release({ envoys: epochs.map((epoch) => ({ id: 'web1', epoch })), target: TARGET, spreadMs: 0 });
  const served = () => parts.index.get('web1')?.epoch;

  /** What is in memory must be what a restart would find. */
  const checkDisk = async () => {
    const again = await openSpokeParts(parts.database);
    expect(again.index.get('web1')?.epoch).to.equal(served());
    expect(again.index.tombstone('web1')?.epoch).to.equal(parts.index.tombstone('web1')?.epoch);
    expect(again.index.size).to.equal(parts.index.size);
  };

  it('lets a revocation win over the highest epoch there can be', async () => {
    await adopt(REVOKED);
    await parts.custody.revoke(['web1']);
    expect(served()).to.equal(undefined);
    expect(parts.index.tombstone('web1')?.kind).to.equal('revoked');
    expect((await adopt(REVOKED)).adopted).to.deep.equal([]);
    await checkDisk();
  });

  const table: [given: string[], adopt: number, outcome: 'taken' | number][] = [
    [[], 1, 'taken'],
    [['adopt 2'], 2, 'taken'],
    [['adopt 2'], 3, 'taken'],
    [['adopt 2'], 1, 2],
    [['adopt 2', 'release 3'], 2, 3],
    [['adopt 2', 'release 3'], 3, 3],
    [['adopt 2', 'release 3'], 4, 'taken'],
    [['release 5'], 4, 5],
    [['adopt 2', 'revoke'], 9, REVOKED],
    [['revoke'], 1, REVOKED],
  ];
  for (const [given, epoch, outcome] of table) {
    const taken = outcome === 'taken';
    const what = taken ? 'is done' : `is refused: ${outcome} is known`;
    it(`after ${given.join(', ') || 'nothing'}, adopting under ${epoch} ${what}`, async () => {
      for (const step of given) {
        const [name, of] = step.split(' ');
        if (name === 'adopt') await adopt(Number(of));
        else if (name === 'release') await release(Number(of));
        else await parts.custody.revoke(['web1']);
      }
      const { adopted, refused } = await adopt(epoch);
      expect(adopted).to.deep.equal(taken ? ['web1'] : []);
      expect(refused).to.deep.equal(taken ? [] : [{ id: 'web1', knownEpoch: outcome }]);
      if (taken) expect(served()).to.equal(epoch);
      await checkDisk();
    });
  }

  it('keeps an envoy that it serves under the epoch of a release, or a higher one', async () => {
    await adopt(3);
    await release(2);
    await release(3);
    expect(served()).to.equal(3);
    await release(4);
    expect([served(), parts.index.tombstone('web1')?.epoch]).to.deep.equal([undefined, 4]);
    await checkDisk();
  });

  it('is not changed by a repeated call, nor by a stale one', async () => {
    await adopt(1);
    await release(2);
    await release(2);
    await release(1);
    expect(await parts.tombstones()).to.deep.equal([{ id: 'web1', kind: 'released', epoch: 2 }]);
    await parts.custody.revoke(['web1']);
    await parts.custody.revoke(['web1']);
    await release(99);
    expect(await parts.tombstones()).to.deep.equal([{ id: 'web1', kind: 'revoked', epoch: REVOKED }]);
  });

  it('takes the last word when one call speaks of an envoy twice', async () => {
    await adopt(1);
    await release(2, 5, 4);
    expect(await parts.tombstones()).to.deep.equal([{ id: 'web1', kind: 'released', epoch: 5 }]);
    const { adopted, refused } = await parts.custody.adopt([6, 8, 7].map((epoch) => envoyRow('web1', { epoch })));
    expect({ adopted, refused }).to.deep.equal({
      adopted: ['web1'],
      refused: [
        { id: 'web1', knownEpoch: 8 },
        { id: 'web1', knownEpoch: 8 },
      ],
    });
    expect(served()).to.equal(8);
    await parts.custody.revoke(['web1', 'web1']);
    await checkDisk();
  });

  it('holds a tombstone for an envoy that was never here', async () => {
    await release(3);
    expect(parts.index.tombstone('web1')).to.include({ kind: 'released', epoch: 3, target_address: TARGET.address });
    await checkDisk();
  });

  it('takes thousands at once', async () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => envoyRow(`web${i}`));
    expect((await parts.custody.adopt(rows)).adopted).to.have.length(1_000);
    await parts.custody.release({ envoys: rows.map(({ id }) => ({ id, epoch: 2 })), target: TARGET, spreadMs: 0 });
    expect([parts.index.size, (await parts.tombstones()).length]).to.deep.equal([0, 1_000]);
  });

  it('changes nothing in memory that the disk has not taken', async () => {
    await adopt(1);
    await parts.database.schema.dropTable('tombstones').execute();
    await release(2).catch(() => undefined);
    expect(served()).to.equal(1);
    expect((await parts.rows()).size).to.equal(1);
    await adopt(2).catch(() => undefined);
    expect(served()).to.equal(1);
  });

  it('hands on what check-ins have brought, also what is not flushed yet', async () => {
    await adopt(1);
    parts.checkIn('web1', traitsOf({ cpus: 8 }));
    const [record] = await parts.custody.records(['web1', 'unknown']);
    expect(Buffer.from(record!.traits!).toString()).to.equal('{"cpus":8}');
    expect(record!.entry.lastSeenAt).to.equal(parts.clock.now());
  });

  it('does not let an old check-in overwrite what came with a later adoption', async () => {
    await adopt(1);
    parts.checkIn('web1', traitsOf({ cpus: 8 }));
    await release(2);
    const newer = traitsOf({ cpus: 16 });
    await parts.custody.adopt([
      envoyRow('web1', { epoch: 3, traits_json: newer.traitsJson, traits_digest: newer.traitsDigest }),
    ]);
    await parts.flusher.flush();
    const [record] = await parts.custody.records(['web1']);
    expect(Buffer.from(record!.traits!).toString()).to.equal('{"cpus":16}');
  });

  it('never serves under an epoch at or below a released one, whatever comes in whatever order (I5)', async () => {
    const step = fc.record({ what: fc.constantFrom('adopt', 'release'), epoch: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const own = await openSpokeParts();
        let released = 0;
        for (const { what, epoch } of steps) {
          const before = own.index.get('web1')?.epoch;
          if (what === 'adopt') await own.custody.adopt([envoyRow('web1', { epoch })]);
          else {
            await own.custody.release({ envoys: [{ id: 'web1', epoch }], target: TARGET, spreadMs: 0 });
            if (before === undefined || before < epoch) released = Math.max(released, epoch);
          }
          const now = own.index.get('web1')?.epoch;
          expect(now ?? Number.POSITIVE_INFINITY).to.be.above(released);
          expect((own.index.get('web1') !== undefined) !== (own.index.tombstone('web1') !== undefined)).to.equal(
            now !== undefined || released > 0,
          );
        }
        await own.database.destroy();
      }),
      { numRuns: 30 },
    );
  });
});
