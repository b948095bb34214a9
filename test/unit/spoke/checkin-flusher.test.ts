import { expect } from 'chai';
import { envoyRow, openSpokeParts, type SpokeParts, traitsOf } from './fleet-memory.ts';

describe('the flusher of check-ins', () => {
  let parts: SpokeParts;
  beforeEach(async () => {
    parts = await openSpokeParts();
    await parts.custody.adopt([envoyRow('web1'), envoyRow('web2')]);
  });
  afterEach(() => parts.database.destroy());

  const seen = async () => [...(await parts.rows()).values()].map((row) => row.last_seen_at);

  it('writes in batches, some seconds later', async () => {
    parts.checkIn('web1', { configVersion: 'v1' });
    await parts.clock.advance(1_000);
    parts.checkIn('web2', { configVersion: 'v2' });
    expect(await seen()).to.deep.equal([null, null]);
    await parts.clock.advance(4_000);
    const start = parts.clock.now() - 5_000;
    expect(await seen()).to.deep.equal([start, start + 1_000]);
    expect([...(await parts.rows()).values()].map((row) => row.config_version)).to.deep.equal(['v1', 'v2']);
    expect(parts.clock.pending(), 'no timer without work').to.equal(0);
  });

  it('forgets nothing while the database fails, and lets newer traits win', async () => {
    parts.failWrites(true);
    parts.checkIn('web1', traitsOf({ cpus: 1 }));
    await parts.clock.advance(5_000);
    parts.checkIn('web1', traitsOf({ cpus: 2 }));
    parts.checkIn('web2');
    await parts.clock.advance(5_000);
    expect(await seen()).to.deep.equal([null, null]);
    parts.checkIn('web1');
    parts.failWrites(false);
    await parts.clock.advance(5_000);
    const rows = await parts.rows();
    expect(Buffer.from(rows.get('web1')!.traits_json!).toString()).to.equal('{"cpus":2}');
    expect(await seen()).not.to.include(null);
  });

  it('says so when it is asked to flush and cannot, and can later', async () => {
    parts.failWrites(true);
    parts.checkIn('web1');
    const failed = await parts.flusher.flush().catch((error: Error) => error.message);
    expect(failed).to.equal('disk full');
    parts.failWrites(false);
    await parts.flusher.flush();
    expect((await seen())[0]).to.equal(parts.clock.now());
  });

  it('flushes when it is closed, and starts no timer afterwards', async () => {
    parts.checkIn('web1');
    await parts.flusher.close();
    expect((await seen())[0]).to.equal(parts.clock.now());
    parts.checkIn('web2');
    expect(parts.clock.pending()).to.equal(0);
  });

  it('writes more than one batch', async () => {
    const rows = Array.from({ length: 2_500 }, (_, i) => envoyRow(`host${i}`));
    await parts.custody.adopt(rows);
    for (const { id } of rows) parts.checkIn(id, { configVersion: 'v9' });
    await parts.flusher.flush();
    const written = [...(await parts.rows()).values()].filter((row) => row.config_version === 'v9');
    expect(written).to.have.length(2_500);
  });

  it('passes over envoys that are gone', async () => {
    parts.checkIn('web1');
    await parts.custody.revoke(['web1']);
    await parts.flusher.flush();
    expect([...(await parts.rows()).keys()]).to.deep.equal(['web2']);
  });
});
