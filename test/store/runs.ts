/** Runs and traits of a spoke's envoys, over every engine; called by the store suite. */
import { expect } from 'chai';
import type { Database } from '../../src/server/store/database.ts';
import { createFleetRepository, type EnvoyRow } from '../../src/server/store/fleet-repository.ts';
import { createRunRepository, type EnvoyVerdict, type RunRow } from '../../src/server/store/run-repository.ts';
import { runId, runRow } from '../support/runs.ts';

const NOW = 1_800_000_000_000;
const DAY = 24 * 3_600_000;

const verdict = (id: string, lastRun: number, more: Partial<EnvoyVerdict> = {}): EnvoyVerdict => ({
  id,
  status: 'relapsed',
  drift: 'changed',
  changed_streak: 2,
  last_run_id: runId(lastRun),
  ...more,
});

/** Inside `describe`; `db` gives a new, empty database for each test. */
export function describeRuns(db: () => Database, envoy: (id: string) => EnvoyRow): void {
  const runs = () => createRunRepository(db());
  const fleet = () => createFleetRepository(db());
  const store = (...rows: RunRow[]) => runs().commit(rows, () => []);
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => Number.parseInt(id.slice(-12), 16));

  describe("runs of a spoke's envoys", () => {
    it('are stored by the hundred with the verdicts that they lead to, in one step', async () => {
      const envoys = Array.from({ length: 150 }, (_, i) => envoy(`web${i}`));
      await fleet().adopt(envoys);
      const rows = Array.from({ length: 497 }, (_, i) => runRow(i, `web${i % 150}`, NOW + i));
      await runs().commit(rows, (stored) => {
        expect(stored.size).to.equal(497);
        return [...envoys.map(({ id }, i) => verdict(id, i)), verdict('gone', 1)];
      });
      expect(ids(await runs().list({ limit: 1_000 }))).to.deep.equal(rows.map((_, i) => 496 - i));
      const loaded = await fleet().loadEnvoys();
      expect(loaded).to.have.length(150);
      for (const row of loaded) {
        const last = runId(Number(row.id.slice(3)));
        expect(row).to.include({ status: 'relapsed', drift: 'changed', changed_streak: 2, last_run_id: last });
        expect(row.hostname).to.equal(`${row.id}.example.com`);
      }
    });

    it('are stored once, as they first came, and only then make a verdict', async () => {
      await fleet().adopt([envoy('web1')]);
      const asked: string[][] = [];
      const commit = (...rows: RunRow[]) =>
        runs().commit(rows, (stored) => {
          asked.push([...stored].sort());
          return [];
        });
      await commit(runRow(1, 'web1', NOW), runRow(1, 'web1', NOW + 5), runRow(2, 'web1', NOW));
      await commit(runRow(2, 'web2', NOW + 9, { ok: 9 }), runRow(3, 'web1', NOW));
      await commit(runRow(3, 'web1', NOW));
      expect(asked).to.deep.equal([[runId(1), runId(2)], [runId(3)]]);
      expect(await runs().find(runId(1))).to.include({ started_at: NOW });
      expect(await runs().find(runId(2))).to.include({ envoy_id: 'web1', ok: 3 });
    });

    it('are stored whole or not at all', async () => {
      await fleet().adopt([envoy('web1')]);
      const broken = { ...runRow(2, 'web1', NOW), envoy_id: null } as unknown as RunRow;
      const bad = { ...verdict('web1', 1), status: null } as unknown as EnvoyVerdict;
      const attempts: [string, () => Promise<unknown>][] = [
        ['a bad run', () => runs().commit([runRow(1, 'web1', NOW), broken], () => [verdict('web1', 1)])],
        ['a bad verdict', () => runs().commit([runRow(1, 'web1', NOW)], () => [bad])],
        [
          'a verdict that cannot be made',
          () =>
            runs().commit([runRow(1, 'web1', NOW)], () => {
              throw new Error('no verdict');
            }),
        ],
      ];
      for (const [name, attempt] of attempts) {
        expect(
          await attempt().then(
            () => 'done',
            () => 'failed',
          ),
          name,
        ).to.equal('failed');
        expect(await runs().list({ limit: 9 }), name).to.deep.equal([]);
        expect((await fleet().loadEnvoys())[0], name).to.include({ status: 'no_data', last_run_id: '' });
      }
    });

    it('are listed newest first, in pieces that fit together, of one envoy or of all', async () => {
      const rows = [
        runRow(5, 'web1', NOW),
        runRow(2, 'web2', NOW + 10),
        runRow(3, 'web1', NOW + 10),
        runRow(4, 'web2', NOW + 10),
        runRow(1, 'web1', NOW + 20),
      ];
      await store(...rows);
      for (const [envoyId, expected] of [
        [undefined, [1, 4, 3, 2, 5]],
        ['web1', [1, 3, 5]],
        ['web9', []],
      ] as const) {
        expect(ids(await runs().list({ envoyId, limit: 9 }))).to.deep.equal(expected);
        const walked: number[] = [];
        for (let after: { startedAt: number; id: string } | undefined; ; ) {
          const [next] = await runs().list({ envoyId, after, limit: 1 });
          if (!next) break;
          walked.push(...ids([next]));
          after = { startedAt: next.started_at, id: next.id };
        }
        expect(walked).to.deep.equal(expected);
      }
    });

    it('come back as they were written, results and all', async () => {
      const row = runRow(1, 'web1', NOW, {
        duration_ms: 2 ** 32 - 1,
        ok: 1,
        changed: 2,
        failed: 3,
        skipped: 4,
        error: 'the bundle – cannot be read',
        results: new Uint8Array([0, 1, 255]),
      });
      await store(row);
      const { results, ...summary } = row;
      const { results: got, ...rest } = (await runs().find(row.id))!;
      expect(rest).to.deep.equal(summary);
      expect([...got]).to.deep.equal([...results]);
      expect(await runs().list({ limit: 1 })).to.deep.equal([summary]);
      expect(await runs().find(runId(2))).to.equal(undefined);
    });

    it('stay when their envoy goes', async () => {
      await fleet().adopt([envoy('web1')]);
      await store(runRow(1, 'web1', NOW));
      const gone = { kind: 'revoked', epoch: 9, target_spoke: '', target_address: '', target_identity: '' } as const;
      await fleet().bury([{ ...gone, id: 'web1', spread_ms: 0, at: NOW }]);
      expect(ids(await runs().list({ envoyId: 'web1', limit: 9 }))).to.deep.equal([1]);
    });

    describe('are pruned', () => {
      const pruneAll = async (before: number, perEnvoy: number) => {
        let deleted = 0;
        for (let after = ''; ; ) {
          const part = await runs().prune({ before, perEnvoy }, { after, envoys: 2, limit: 100 });
          deleted += part.deleted;
          if (part.last === undefined) return deleted;
          after = part.last;
        }
      };

      it('by count and by age, but never the newest of an envoy', async () => {
        await store(
          ...[1, 2, 3, 4].map((n) => runRow(n, 'busy', NOW + n)),
          ...[5, 6].map((n) => runRow(n, 'old', NOW - n * DAY)),
          runRow(7, 'away', NOW - 900 * DAY),
          ...[8, 9].map((n) => runRow(n, 'calm', NOW - DAY)),
        );
        expect(await pruneAll(NOW - 2 * DAY, 3)).to.equal(2);
        expect(ids(await runs().list({ limit: 99 })).sort()).to.deep.equal([2, 3, 4, 5, 7, 8, 9]);
        expect(await pruneAll(NOW - 2 * DAY, 3)).to.equal(0);
        expect(await pruneAll(NOW + DAY, 3), 'all are too old').to.equal(3);
        expect(ids(await runs().list({ limit: 99 })).sort()).to.deep.equal([4, 5, 7, 9]);
      });

      it('a few at a time', async () => {
        await store(...Array.from({ length: 30 }, (_, n) => runRow(n, 'web1', NOW + n)));
        const prune = () => runs().prune({ before: 0, perEnvoy: 5 }, { after: '', envoys: 9, limit: 10 });
        expect(await prune()).to.deep.equal({ deleted: 10, last: 'web1' });
        expect(await prune()).to.deep.equal({ deleted: 10, last: 'web1' });
        expect(await prune()).to.deep.equal({ deleted: 5, last: 'web1' });
        expect(ids(await runs().list({ limit: 99 }))).to.deep.equal([29, 28, 27, 26, 25]);
      });
    });
  });

  describe("traits of a spoke's envoys", () => {
    const json = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value)));
    const read = async () =>
      Object.fromEntries(
        [...(await fleet().traits(['web1', 'web2']))].map(([id, bytes]) => [id, `${Buffer.from(bytes)}`]),
      );
    const touch = (id: string, value: unknown) =>
      fleet().touch([
        { id, last_seen_at: NOW, config_version: '', traits: { json: json(value), digest: Buffer.from('d') } },
      ]);

    it('come with an adoption, change with a check-in and go with a release', async () => {
      await fleet().adopt([{ ...envoy('web1'), traits_json: json({ a: 1 }) }, envoy('web2')]);
      expect(await read()).to.deep.equal({ web1: '{"a":1}' });
      await touch('web1', { a: 2 });
      await touch('web2', { b: 1 });
      expect(await read()).to.deep.equal({ web1: '{"a":2}', web2: '{"b":1}' });
      await fleet().adopt([envoy('web1')]);
      expect(await read()).to.deep.equal({ web2: '{"b":1}' });
      const gone = { kind: 'released', epoch: 9, target_spoke: '', target_address: '', target_identity: '' } as const;
      await fleet().bury([{ ...gone, id: 'web2', spread_ms: 0, at: NOW }]);
      await touch('web2', { b: 2 });
      expect(await db().selectFrom('envoy_traits').selectAll().execute()).to.deep.equal([]);
    });
  });
}
