/** What every engine has to do for a hub that came back from a backup. */
import { expect } from 'chai';
import type { KnownEnvoy } from '../../src/fleet/envoy-claims.ts';
import { createClaimsRepository } from '../../src/server/store/claims-repository.ts';
import type { Database } from '../../src/server/store/database.ts';
import { createDirectoryRepository, type PlacementRow } from '../../src/server/store/directory-repository.ts';
import { createMoveRepository, type MoveRow } from '../../src/server/store/move-repository.ts';
import { createRestorationRepository } from '../../src/server/store/restoration-repository.ts';

const NOW = 1_800_000_000_000;
const FROM = { restored_at: 'second', backup_created_at: 'first', ended_at: null };
const NONE = { entered: 0, takenOver: 0, renewed: 0, revoked: 0 };

const row = (id: string, more: Partial<PlacementRow> = {}): PlacementRow => ({
  id,
  hostname: `${id}.example.com`,
  spoke_id: 'dc1',
  epoch: 1,
  max_epoch: 3,
  state: 'active',
  public_key: Buffer.from(`key of ${id}`),
  enrolled_at: NOW,
  revoked_at: null,
  token_id: 'token',
  ...more,
});
const envoy = (id: string, more: Partial<KnownEnvoy> = {}): KnownEnvoy => ({
  id,
  identity: { hostname: `${id}.example.com`, enrolledAt: NOW },
  spoke: 'dc2',
  epoch: 2,
  maxEpoch: 1_002,
  revoked: false,
  ...more,
});

export function describeRestoration(open: () => Database): void {
  describe('a restoration', () => {
    it('takes out what must not go on, in one step, and is remembered', async () => {
      const db = open();
      const restorations = createRestorationRepository(db);
      const moves = createMoveRepository(db);
      expect(await restorations.load()).to.equal(undefined);
      await db
        .insertInto('enrollment_tokens')
        .values({
          ...{ id: 'token', hash: 'hash', uses: 5, uses_left: 2, created_at: NOW, expires_at: NOW, revoked_at: null },
          ...{ comment: '', created_by: 'tester' },
        })
        .execute();
      await db
        .insertInto('placements')
        .values([row('a'), row('half', { state: 'enrolling' })])
        .execute();
      const move: MoveRow = {
        id: 'move',
        seq: 1,
        reason: 'drain',
        state: 'running',
        from_spoke: 'dc1',
        actor: '',
        comment: '',
        ...{
          max_rate: 0,
          matched: 1,
          skipped_count: 0,
          settled_count: 0,
          skipped: '[]',
          started_at: NOW,
          ended_at: null,
        },
      };
      const item = {
        move_id: 'move',
        envoy_id: 'a',
        position: 0,
        hostname: '',
        from_spoke: 'dc1',
        to_spoke: 'dc2',
        epoch: 4,
      };
      await moves.plan(move, [{ ...item, state: 'planned', error: null }]);
      await restorations.begin(FROM, 1_000, NOW);
      expect(await restorations.load()).to.deep.equal(FROM);
      const live = await createDirectoryRepository(db).loadLive();
      expect(live.map(({ id, max_epoch }) => [id, max_epoch])).to.deep.equal([['a', 1_004]]);
      expect((await db.selectFrom('enrollment_tokens').select('uses_left').executeTakeFirst())?.uses_left).to.equal(3);
      expect(await moves.running()).to.deep.equal([]);
      expect(await moves.progress('move')).to.include({ cancelled: 1, open: 0 });
      await restorations.spokeEnded('dc1', NOW);
      await restorations.end('second', NOW);
      expect((await restorations.load())?.ended_at).to.equal(NOW);
      // The next restore begins anew.
      await restorations.begin({ ...FROM, restored_at: 'third' }, 1_000, NOW);
      expect(await restorations.spokes()).to.deep.equal([]);
    });

    it('takes in what is claimed, in one step: names that become free may be taken', async () => {
      const db = open();
      const claims = createClaimsRepository(db);
      await db
        .insertInto('placements')
        .values([row('old', { hostname: 'name.example.com' }), row('moved')])
        .execute();
      const stranger = envoy('stranger', { identity: undefined });
      const empty = { spoke: 'dc2', changed: [], entered: [], strangers: [], notices: [], now: NOW };
      await claims.take({ ...empty, strangers: [envoy('new', { identity: undefined }), stranger], numbers: NONE });
      await claims.take({
        ...empty,
        changed: [envoy('old', { revoked: true }), envoy('moved')],
        entered: [row('new', { hostname: 'name.example.com' })],
        strangers: [{ ...stranger, epoch: 9 }],
        notices: [
          { seq: 1, spoke_id: 'dc1', envoy_id: 'moved', kind: 'release', target_spoke: 'dc2', epoch: 2, move_id: null },
        ],
        numbers: { ...NONE, entered: 1, takenOver: 1 },
      });
      await claims.take({ ...empty, numbers: { ...NONE, entered: 4 } });
      const known = await claims.known(['old', 'moved', 'new', 'stranger', 'nobody']);
      expect([...known.values()].map(({ id, epoch, revoked }) => `${id} ${epoch} ${revoked}`).sort()).to.deep.equal([
        'old 2 true',
        'stranger 9 false',
      ]);
      const live = await createDirectoryRepository(db).loadLive();
      expect(live.map(({ id, spoke_id, epoch }) => `${id} ${spoke_id} ${epoch}`).sort()).to.deep.equal([
        'moved dc2 2',
        'new dc1 1',
      ]);
      expect((await db.selectFrom('spoke_notices').selectAll().execute()).length).to.equal(1);
      const [numbers] = await createRestorationRepository(db).spokes();
      expect(numbers).to.include({ spoke_id: 'dc2', entered: 5, taken_over: 1, ended_at: null });
      const history = await db.selectFrom('placement_history').selectAll().orderBy('envoy_id').execute();
      expect(history.map((each) => `${each.envoy_id} ${each.spoke_id} ${each.reason}`)).to.deep.equal([
        'moved dc2 restored',
        'new dc1 restored',
      ]);
    });
  });
}
