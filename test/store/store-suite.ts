/**
 * What every database engine has to do for the repositories. Called once per engine.
 *
 * An engine opens a new, empty database, and opens the same one again.
 */
import { expect } from 'chai';
import { VigoError } from '../../src/fleet/errors.ts';
import type { Database } from '../../src/server/store/database.ts';
import { createDirectoryRepository, type PlacementRow } from '../../src/server/store/directory-repository.ts';
import { createFleetRepository, type EnvoyRow, type TombstoneRow } from '../../src/server/store/fleet-repository.ts';
import { createMoveRepository, type MoveItem, type MoveRow } from '../../src/server/store/move-repository.ts';
import { createNoticeRepository, type Notice } from '../../src/server/store/notice-repository.ts';
import { createSpokeRepository } from '../../src/server/store/spoke-repository.ts';
import { createTokenRepository, type EnrollmentTokenRow } from '../../src/server/store/token-repository.ts';
import { codeOf } from '../support/rpc-failure.ts';
import { describeAccess } from './access.ts';
import { describeConfigHistory } from './config-history.ts';
import { describeDeliveries } from './deliveries.ts';
import { describeOutbox } from './outbox.ts';
import { describeRestoration } from './restoration.ts';
import { describeRuns } from './runs.ts';

export interface Engine {
  readonly name: string;
  /** Several servers may write to it at a time. SQLite serves one, which the lock of the data directory sees to. */
  readonly shared: boolean;
  /** A new, empty database. */
  create(): Promise<TestDatabase>;
}

export interface TestDatabase {
  /** Another connection to it. */
  open(): Promise<Database>;
  drop(): Promise<void>;
}

const NOW = 1_800_000_000_000;

const token = (id: string, more: Partial<EnrollmentTokenRow> = {}): EnrollmentTokenRow => ({
  id,
  hash: `hash of ${id}`,
  uses: 1,
  uses_left: 1,
  created_at: NOW,
  expires_at: NOW + 1_000,
  revoked_at: null,
  comment: '',
  created_by: 'tester',
  ...more,
});

const placement = (id: string, more: Partial<PlacementRow> = {}): PlacementRow => ({
  id,
  hostname: `${id}.example.com`,
  spoke_id: 'dc1',
  epoch: 1,
  max_epoch: 1,
  state: 'enrolling',
  public_key: Buffer.from(`key of ${id}`),
  enrolled_at: NOW,
  revoked_at: null,
  token_id: '',
  ...more,
});

const move = (id: string, seq: number, more: Partial<MoveRow> = {}): MoveRow => ({
  id,
  seq,
  reason: 'drain',
  state: 'running',
  from_spoke: 'dc1',
  actor: 'tester',
  comment: '',
  max_rate: 0,
  matched: 0,
  skipped_count: 0,
  settled_count: 0,
  skipped: '[]',
  started_at: NOW,
  ended_at: null,
  ...more,
});

const item = (moveId: string, envoyId: string, more: Partial<MoveItem> = {}): MoveItem => ({
  move_id: moveId,
  envoy_id: envoyId,
  position: 0,
  hostname: `${envoyId}.example.com`,
  from_spoke: 'dc1',
  to_spoke: 'dc2',
  epoch: 2,
  state: 'planned',
  error: null,
  ...more,
});

const notice = (seq: number, envoyId: string, more: Partial<Notice> = {}): Notice => ({
  seq,
  spoke_id: 'dc1',
  envoy_id: envoyId,
  kind: 'release',
  target_spoke: 'dc2',
  epoch: 2,
  move_id: null,
  ...more,
});

const envoy = (id: string, more: Partial<EnvoyRow> = {}): EnvoyRow => ({
  id,
  hostname: `${id}.example.com`,
  public_key: Buffer.from(`key of ${id}`),
  epoch: 1,
  enrolled_at: NOW,
  last_seen_at: null,
  traits_json: null,
  traits_digest: null,
  status: 'no_data',
  drift: 'none',
  config_version: '',
  changed_streak: 0,
  last_run_id: '',
  ...more,
});

const tombstone = (id: string, more: Partial<TombstoneRow> = {}): TombstoneRow => ({
  id,
  kind: 'released',
  epoch: 2,
  target_spoke: 'dc2',
  target_address: 'dc2:1530',
  target_identity: 'spiffe://test/spoke/dc2',
  spread_ms: 10,
  at: NOW,
  ...more,
});

/** Everything in a database, to see that nothing has changed. */
async function dump(db: Database): Promise<unknown> {
  const tables = [
    'placements',
    'placement_history',
    'moves',
    'move_items',
    'spoke_notices',
    'enrollment_tokens',
  ] as const;
  const all: Record<string, unknown> = {};
  for (const table of tables) {
    const rows = await db.selectFrom(table).selectAll().execute();
    all[table] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return all;
}

export function describeStore(engine: Engine): void {
  describe(`the store on ${engine.name}`, () => {
    let file: TestDatabase;
    let db: Database;
    let opened: Database[];
    const second = async (): Promise<Database> => {
      if (!engine.shared) return db;
      const other = await file.open();
      opened.push(other);
      return other;
    };
    beforeEach(async () => {
      file = await engine.create();
      db = await file.open();
      opened = [db];
    });
    afterEach(async () => {
      for (const each of opened) await each.destroy();
      await file.drop();
    });

    describe('migrations', () => {
      it('are applied once, and leave data alone', async () => {
        await createSpokeRepository(db).save({ id: 'dc1', eligibility: 'cordoned', comment: 'x', since: NOW });
        const again = await file.open();
        expect(await createSpokeRepository(again).load()).to.have.length(1);
        await again.destroy();
      });

      it('refuse a database of a later version, and leave it alone', async () => {
        await db
          .insertInto('kysely_migration' as never)
          .values({ name: '9999-later', timestamp: new Date(NOW).toISOString() } as never)
          .execute();
        expect(await codeOf(file.open())).to.equal('DATABASE_TOO_NEW');
        await db
          .deleteFrom('kysely_migration' as never)
          .where('name' as never, '=', '9999-later' as never)
          .execute();
        await (await file.open()).destroy();
      });
    });

    describe('enrolment tokens', () => {
      it('are listed newest first, found by their hash, revoked once', async () => {
        const tokens = createTokenRepository(db);
        await tokens.createEnrollmentToken(token('old'));
        await tokens.createEnrollmentToken(token('new', { created_at: NOW + 5 }));
        expect((await tokens.listEnrollmentTokens(10)).map(({ id }) => id)).to.deep.equal(['new', 'old']);
        expect(await tokens.listEnrollmentTokens(1)).to.have.length(1);
        expect((await tokens.findEnrollmentToken('hash of old'))?.id).to.equal('old');
        expect(await tokens.findEnrollmentToken('hash of none')).to.equal(undefined);
        expect(Number((await tokens.revokeEnrollmentToken('old', NOW + 1)).revoked_at)).to.equal(NOW + 1);
        expect(Number((await tokens.revokeEnrollmentToken('old', NOW + 9)).revoked_at)).to.equal(NOW + 1);
        expect(await codeOf(tokens.revokeEnrollmentToken('none', NOW))).to.equal('TOKEN_NOT_FOUND');
      });

      const cases: [string, Partial<EnrollmentTokenRow> | undefined, string][] = [
        ['is not known', undefined, 'TOKEN_INVALID'],
        ['was revoked', { revoked_at: NOW }, 'TOKEN_REVOKED'],
        ['expires in this moment', { expires_at: NOW }, 'TOKEN_EXPIRED'],
        ['is used up', { uses_left: 0 }, 'TOKEN_EXHAUSTED'],
      ];
      for (const [name, more, code] of cases) {
        it(`that ${name} reserves nothing: ${code}`, async () => {
          if (more) await createTokenRepository(db).createEnrollmentToken(token('t', more));
          const before = await dump(db);
          const reserve = createDirectoryRepository(db).reserve(placement('web1'), 'hash of t', NOW);
          expect(await codeOf(reserve)).to.equal(code);
          expect(await codeOf(createTokenRepository(db).requireUsable('hash of t', NOW))).to.equal(code);
          expect(await dump(db)).to.deep.equal(before);
        });
      }
    });

    it('gives the uses of a token to as many as it has, of those who come at once', async () => {
      await createTokenRepository(db).createEnrollmentToken(token('t', { uses: 3, uses_left: 3 }));
      const other = await second();
      const repositories = [createDirectoryRepository(db), createDirectoryRepository(other)];
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) => repositories[i % 2]!.reserve(placement(`web${i}`), 'hash of t', NOW)),
      );
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(refused.map((error) => (error instanceof VigoError ? error.code : error))).to.deep.equal(
        Array(5).fill('TOKEN_EXHAUSTED'),
      );
      expect((await createTokenRepository(db).findEnrollmentToken('hash of t'))?.uses_left).to.equal(0);
      expect(await repositories[0]!.loadLive()).to.have.length(3);
    });

    describe('join tokens', () => {
      it('belong to the first key that shows them, and to their spoke', async () => {
        const tokens = createTokenRepository(db);
        const row = {
          hash: 'h',
          spoke_id: 'dc1',
          created_at: NOW,
          expires_at: NOW + 10,
          used_by_key: null,
          created_by: 't',
        };
        await tokens.createJoinToken(row);
        const use = (more: Partial<Parameters<typeof tokens.useJoinToken>[0]> = {}) =>
          tokens.useJoinToken({ hash: 'h', spokeId: 'dc1', keyHash: 'k1', now: NOW, ...more });
        expect(await codeOf(use({ hash: 'other' }))).to.equal('TOKEN_INVALID');
        expect(await codeOf(use({ spokeId: 'dc2' }))).to.equal('TOKEN_INVALID');
        await use();
        await use();
        expect(await codeOf(use({ keyHash: 'k2' }))).to.equal('TOKEN_EXHAUSTED');
        expect(await codeOf(use({ now: NOW + 10 }))).to.equal('TOKEN_EXPIRED');
      });

      it('are won by one of two keys that come together', async () => {
        const row = {
          hash: 'h',
          spoke_id: 'dc1',
          created_at: NOW,
          expires_at: NOW + 10,
          used_by_key: null,
          created_by: 't',
        };
        await createTokenRepository(db).createJoinToken(row);
        const other = await second();
        const results = await Promise.allSettled(
          [db, other].map((each, i) =>
            createTokenRepository(each).useJoinToken({ hash: 'h', spokeId: 'dc1', keyHash: `k${i}`, now: NOW }),
          ),
        );
        expect(results.map((result) => result.status).sort()).to.deep.equal(['fulfilled', 'rejected']);
      });
    });

    describe('the directory', () => {
      const directory = () => createDirectoryRepository(db);
      const reserve = async (id: string, more: Partial<PlacementRow> = {}) => {
        await createTokenRepository(db).createEnrollmentToken(token(`t-${id}`));
        await directory().reserve(placement(id, more), `hash of t-${id}`, NOW);
      };

      it('reserves, activates, and knows the history', async () => {
        await reserve('web1');
        expect((await directory().loadLive()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal([
          'web1 enrolling',
        ]);
        expect((await directory().find('web1'))?.token_id).to.equal('t-web1');
        await directory().activate('web1', NOW + 1);
        expect((await directory().find('web1'))?.state).to.equal('active');
        const history = await directory().history('web1');
        expect(history.map(({ epoch, spoke_id, reason }) => `${epoch} ${spoke_id} ${reason}`)).to.deep.equal([
          '1 dc1 enrolled',
        ]);
        const keys = await directory().publicKeys(['web1', 'none']);
        expect([...keys].map(([id, key]) => `${id}: ${Buffer.from(key)}`)).to.deep.equal(['web1: key of web1']);
      });

      it('takes a reservation back with the use of its token, and warns the spoke', async () => {
        await reserve('web1');
        expect(await directory().abandon({ id: 'web1', spoke: 'dc1', epoch: 1, noticeSeq: 7 })).to.equal(true);
        expect(await directory().find('web1')).to.equal(undefined);
        expect((await createTokenRepository(db).findEnrollmentToken('hash of t-web1'))?.uses_left).to.equal(1);
        const [left] = await createNoticeRepository(db).next('dc1', 10);
        expect(left).to.include({ seq: 7, kind: 'revoke', envoy_id: 'web1' });
        expect(await directory().abandon({ id: 'web1', spoke: 'dc1', epoch: 1, noticeSeq: 8 })).to.equal(false);
        expect((await createTokenRepository(db).findEnrollmentToken('hash of t-web1'))?.uses_left).to.equal(1);
      });

      it('does not take back what is active', async () => {
        await reserve('web1');
        await directory().activate('web1', NOW);
        const before = await dump(db);
        expect(await directory().abandon({ id: 'web1', spoke: 'dc1', epoch: 1, noticeSeq: 7 })).to.equal(false);
        expect(await dump(db)).to.deep.equal(before);
      });

      it('lets an enrolment wait beside the envoy that it replaces, and swaps them in one moment', async () => {
        await reserve('old', { hostname: 'web.example.com' });
        await directory().activate('old', NOW);
        await reserve('new', { hostname: 'web.example.com', spoke_id: 'dc2' });
        const notices = [
          { spoke: 'dc1', seq: 1 },
          { spoke: 'dc3', seq: 2 },
        ];
        await directory().activate('new', NOW + 1, { id: 'old', notices });
        expect((await directory().find('old'))?.state).to.equal('revoked');
        expect((await directory().find('new'))?.state).to.equal('active');
        expect([...(await createNoticeRepository(db).counts())]).to.deep.equal([
          ['dc1', 1],
          ['dc3', 1],
        ]);
      });

      it('refuses a second active envoy of one name, and then changes nothing', async () => {
        await reserve('old', { hostname: 'web.example.com' });
        await directory().activate('old', NOW);
        await reserve('new', { hostname: 'web.example.com' });
        const before = await dump(db);
        expect(
          await directory()
            .activate('new', NOW)
            .catch(() => 'refused'),
        ).to.equal('refused');
        expect(await dump(db)).to.deep.equal(before);
      });

      it('forgets a revoked envoy but for its row, and frees the name', async () => {
        await reserve('web1');
        await directory().activate('web1', NOW);
        await directory().revoke({ id: 'web1', epoch: 1, now: NOW + 2, notices: [{ spoke: 'dc1', seq: 1 }] });
        expect(await directory().loadLive()).to.deep.equal([]);
        expect(await directory().find('web1')).to.include({ state: 'revoked' });
        await reserve('web2', { hostname: 'web1.example.com' });
        await directory().activate('web2', NOW);
      });
    });

    describe('the move journal', () => {
      const moves = () => createMoveRepository(db);
      const enrol = async (count: number): Promise<string[]> => {
        const ids = Array.from({ length: count }, (_, i) => `web${i}`);
        const rows = ids.map((id) => placement(id, { state: 'active' }));
        for (let i = 0; i < count; i += 500)
          await db
            .insertInto('placements')
            .values(rows.slice(i, i + 500))
            .execute();
        return ids;
      };
      const plan = async (ids: string[], id = 'm1', seq = 1) => {
        const items = ids.map((envoyId, position) => item(id, envoyId, { position }));
        await moves().plan(move(id, seq, { matched: ids.length }), items);
        return items;
      };

      it('plans, adopts and commits thousands', async () => {
        const ids = await enrol(2_000);
        const items = await plan(ids);
        expect((await createDirectoryRepository(db).find('web7'))?.max_epoch).to.equal(2);
        expect((await moves().openItems('m1', 3)).map((each) => each.envoy_id)).to.deep.equal(['web0', 'web1', 'web2']);
        await moves().beginAdoption('m1', ids);
        expect(await moves().progress('m1')).to.deep.equal({ moved: 0, failed: 0, cancelled: 0, open: 2_000 });
        const notices = ids.map((envoyId, i) => notice(i + 1, envoyId, { move_id: 'm1' }));
        await moves().commit((await moves().find('m1'))!, items, notices, NOW);
        expect(await moves().progress('m1')).to.deep.equal({ moved: 2_000, failed: 0, cancelled: 0, open: 0 });
        expect(await moves().legs('m1')).to.deep.equal([{ from: 'dc1', to: 'dc2', envoys: 2_000 }]);
        expect(await createDirectoryRepository(db).find('web1999')).to.include({
          spoke_id: 'dc2',
          epoch: 2,
          max_epoch: 2,
        });
        expect((await createDirectoryRepository(db).history('web1999'))[0]).to.include({
          epoch: 2,
          reason: 'drain',
          move_id: 'm1',
        });
        expect(await createNoticeRepository(db).pendingOfMove('m1')).to.equal(2_000);
      });

      it('gives items up, with epochs that are used up', async () => {
        const ids = await enrol(3);
        const items = await plan(ids);
        await moves().giveUp(
          [
            { item: items[0]!, state: 'failed', error: 'dc2 is down' },
            { item: items[1]!, state: 'cancelled', error: 'the move was cancelled' },
          ],
          [notice(1, 'web0', { spoke_id: 'dc2', target_spoke: 'dc1', epoch: 3 })],
        );
        expect(await moves().progress('m1')).to.deep.equal({ moved: 0, failed: 1, cancelled: 1, open: 1 });
        expect(
          (await moves().failedItems('m1', 10)).map(({ envoy_id, error }) => `${envoy_id} ${error}`),
        ).to.deep.equal(['web0 dc2 is down', 'web1 the move was cancelled']);
        const directory = createDirectoryRepository(db);
        expect((await directory.find('web0'))?.max_epoch).to.equal(3);
        expect((await directory.find('web1'))?.max_epoch).to.equal(2);
        await moves().beginAdoption('m1', ids);
        expect((await moves().findItem('m1', 'web0'))?.state, 'what was given up stays so').to.equal('failed');
        expect((await moves().findItem('m1', 'web2'))?.state).to.equal('adopting');
      });

      it('lists newest first, and what runs oldest first', async () => {
        for (const seq of [1, 2, 3]) await moves().plan(move(`m${seq}`, seq), []);
        await moves().end('m2', 'done', NOW + 5);
        expect((await moves().list(2)).map(({ id }) => id)).to.deep.equal(['m3', 'm2']);
        expect((await moves().list(2, 2)).map(({ id }) => id)).to.deep.equal(['m1']);
        expect((await moves().running()).map(({ id }) => id)).to.deep.equal(['m1', 'm3']);
        expect(await moves().lastSeq()).to.equal(3);
        expect(await moves().find('m2')).to.include({ state: 'done' });
      });

      it('writes each step whole or not at all', async () => {
        const ids = await enrol(3);
        const items = await plan(ids);
        const broken = { ...notice(1, 'web0'), kind: null } as unknown as Notice;
        const steps: [string, () => Promise<unknown>][] = [
          ['plan: an item twice', () => moves().plan(move('m2', 2), [item('m2', 'web0'), item('m2', 'web0')])],
          ['commit: a bad notice', async () => moves().commit((await moves().find('m1'))!, items, [broken], NOW)],
          [
            'commit: an epoch that was used',
            async () => {
              await db
                .insertInto('placement_history')
                .values({ envoy_id: 'web2', epoch: 2, spoke_id: 'dc9', at: NOW, reason: 'x', move_id: null })
                .execute();
              return moves().commit((await moves().find('m1'))!, items, [], NOW);
            },
          ],
          ['give up: a bad notice', () => moves().giveUp([{ item: items[0]!, state: 'failed', error: 'x' }], [broken])],
        ];
        for (const [name, step] of steps) {
          const before = await dump(db);
          expect(
            await step().then(
              () => 'done',
              () => 'failed',
            ),
            name,
          ).to.equal('failed');
          const { placement_history: _, ...after } = (await dump(db)) as Record<string, unknown>;
          const { placement_history: __, ...expected } = before as Record<string, unknown>;
          expect(after, name).to.deep.equal(expected);
        }
      });
    });

    describe('notices', () => {
      it('come in the order of their numbers, per spoke, until they are delivered', async () => {
        const notices = createNoticeRepository(db);
        expect(await notices.lastSeq()).to.equal(0);
        const rows = [
          notice(3, 'c'),
          notice(1, 'a'),
          notice(2, 'b', { spoke_id: 'dc2', move_id: 'm1' }),
          notice(10, 'd'),
        ];
        await db.insertInto('spoke_notices').values(rows).execute();
        expect((await notices.next('dc1', 2)).map(({ seq }) => seq)).to.deep.equal([1, 3]);
        expect((await notices.next('dc1', 9)).map(({ seq }) => seq)).to.deep.equal([1, 3, 10]);
        expect([...(await notices.counts())]).to.deep.equal([
          ['dc1', 3],
          ['dc2', 1],
        ]);
        expect(await notices.pendingOfMove('m1')).to.equal(1);
        await notices.delivered([1, 3]);
        await notices.delivered([]);
        expect((await notices.next('dc1', 9)).map(({ seq }) => seq)).to.deep.equal([10]);
        expect(await notices.lastSeq()).to.equal(10);
      });
    });

    describe("a spoke's envoys", () => {
      const fleet = () => createFleetRepository(db);

      it('are adopted, touched and buried by the thousand', async () => {
        const rows = Array.from({ length: 2_000 }, (_, i) => envoy(`web${i}`));
        await fleet().adopt(rows);
        await fleet().adopt(rows.slice(0, 10).map((row) => ({ ...row, epoch: 5 })));
        const traits = { json: Buffer.from('{"a":1}'), digest: Buffer.from('digest') };
        await fleet().touch([
          ...rows.map(({ id }, i) => ({
            id,
            last_seen_at: NOW + i,
            config_version: `v${i}`,
            ...(i === 7 ? { traits } : {}),
          })),
          { id: 'gone', last_seen_at: NOW, config_version: 'v' },
        ]);
        const loaded = new Map((await fleet().loadEnvoys()).map((row) => [row.id, row]));
        expect(loaded.size).to.equal(2_000);
        expect(loaded.get('web7')).to.include({ epoch: 5, config_version: 'v7' });
        expect(Number(loaded.get('web1999')?.last_seen_at)).to.equal(NOW + 1_999);
        expect(
          [...(await fleet().traits(['web7', 'web8', 'gone']))].map(([id, json]) => `${id} ${Buffer.from(json)}`),
        ).to.deep.equal(['web7 {"a":1}']);
        await fleet().bury(rows.map(({ id }) => tombstone(id)));
        expect(await fleet().loadEnvoys()).to.deep.equal([]);
        expect(await fleet().loadTombstones()).to.have.length(2_000);
      });

      it('lose their tombstone when they come back, and an older one when they leave again', async () => {
        await fleet().bury([tombstone('web1')]);
        await fleet().adopt([envoy('web1', { epoch: 3 })]);
        expect(await fleet().loadTombstones()).to.deep.equal([]);
        await fleet().bury([tombstone('web1', { epoch: 4 })]);
        await fleet().bury([tombstone('web1', { epoch: 6 })]);
        expect((await fleet().loadTombstones()).map(({ epoch }) => epoch)).to.deep.equal([6]);
      });

      it('are forgotten after a while when they were released, and never when they were revoked', async () => {
        await fleet().bury([
          tombstone('old'),
          tombstone('new', { at: NOW + 10 }),
          tombstone('bad', { kind: 'revoked' }),
        ]);
        await fleet().pruneTombstones(NOW + 5);
        expect((await fleet().loadTombstones()).map(({ id }) => id).sort()).to.deep.equal(['bad', 'new']);
      });

      it('are adopted and buried whole or not at all', async () => {
        await fleet().adopt([envoy('web1')]);
        const broken = { ...envoy('web3'), hostname: null } as unknown as EnvoyRow;
        expect(
          await fleet()
            .adopt([envoy('web2'), broken])
            .catch(() => 'failed'),
        ).to.equal('failed');
        const half = [tombstone('web1'), { ...tombstone('web2'), kind: null } as unknown as TombstoneRow];
        expect(
          await fleet()
            .bury(half)
            .catch(() => 'failed'),
        ).to.equal('failed');
        expect((await fleet().loadEnvoys()).map(({ id }) => id)).to.deep.equal(['web1']);
        expect(await fleet().loadTombstones()).to.deep.equal([]);
      });
    });

    describeAccess(() => db);
    describeConfigHistory(() => db);
    describeDeliveries(() => db);
    describeOutbox(() => db);
    describeRestoration(() => db);
    describeRuns(() => db, envoy);

    it('keeps what operators said about spokes', async () => {
      const spokes = createSpokeRepository(db);
      await spokes.save({ id: 'dc1', eligibility: 'draining', comment: 'a', since: NOW });
      await spokes.save({ id: 'dc1', eligibility: 'drained', comment: 'b', since: NOW + 1 });
      const rows = (await spokes.load()).map(({ since, ...row }) => ({ ...row, since: Number(since) }));
      expect(rows).to.deep.equal([{ id: 'dc1', eligibility: 'drained', comment: 'b', since: NOW + 1 }]);
    });
  });
}
