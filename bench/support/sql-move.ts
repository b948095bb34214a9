/** A move without the program: what it writes, in the same transactions, through prepared statements. */
import type { BenchContext } from './benchmark.ts';
import { envoyRow, type SeedEnvoy, seedDirectory, seedSpoke } from './seed.ts';
import { openSqlStore, type SqlStore } from './sql-store.ts';

/** As many as the program sends in one call. */
const BATCH = 1_000;

export interface SqlMove {
  /** Returns envoys per second. */
  move(from: 'dc1' | 'dc2', to: 'dc1' | 'dc2', epoch: number): number;
}

export async function openSqlMove(context: BenchContext, envoys: readonly SeedEnvoy[]): Promise<SqlMove> {
  const stores = {
    dc1: await openSqlStore(context, 'dc1', (dir) => seedSpoke(dir, envoys)),
    dc2: await openSqlStore(context, 'dc2'),
  };
  const hub = await openSqlStore(context, 'hub', (dir) => seedDirectory(dir, new Map([['dc1', envoys]])));
  let seq = 0;
  return {
    move(from, to, epoch) {
      const begin = performance.now();
      const move = `move ${epoch}`;
      const each = <T>(row: (envoy: SeedEnvoy, position: number) => T, part: readonly SeedEnvoy[]) => part.map(row);
      hub.transaction(() => {
        hub.run(`insert into moves values (?, ?, 'drain', 'running', ?, 'bench', '', 0, ?, 0, 0, '[]', 0, null)`, [
          [move, epoch, from, envoys.length],
        ]);
        hub.run(
          `insert into move_items values (?, ?, ?, ?, ?, ?, ?, 'planned', null)`,
          each(({ id, hostname }, i) => [move, id, i, hostname, from, to, epoch], envoys),
        );
        hub.run(
          'update placements set max_epoch = ? where id = ?',
          each(({ id }) => [epoch, id], envoys),
        );
      });
      for (let start = 0; start < envoys.length; start += BATCH) {
        const batch = envoys.slice(start, start + BATCH);
        const ofMove = each(({ id }) => [move, id], batch);
        hub.transaction(() =>
          hub.run(`update move_items set state = 'adopting' where move_id = ? and envoy_id = ?`, ofMove),
        );
        adopt(stores[to], batch, epoch);
        const first = seq + 1;
        seq += batch.length;
        hub.transaction(() => {
          hub.run(
            'update placements set spoke_id = ?, epoch = ? where id = ?',
            each(({ id }) => [to, epoch, id], batch),
          );
          hub.run(`update move_items set state = 'moved' where move_id = ? and envoy_id = ?`, ofMove);
          hub.run(
            `insert into placement_history values (?, ?, ?, 0, 'drain', ?)`,
            each(({ id }) => [id, epoch, to, move], batch),
          );
          hub.run(
            `insert into spoke_notices values (?, ?, ?, 'release', ?, ?, ?)`,
            each(({ id }, i) => [first + i, from, id, to, epoch, move], batch),
          );
        });
        release(stores[from], batch, to, epoch);
        hub.transaction(() =>
          hub.run(
            'delete from spoke_notices where seq = ?',
            each((_, i) => [first + i], batch),
          ),
        );
      }
      hub.transaction(() => hub.run(`update moves set state = 'done', ended_at = 0 where id = ?`, [[move]]));
      return (envoys.length / (performance.now() - begin)) * 1000;
    },
  };
}

function adopt(target: SqlStore, batch: readonly SeedEnvoy[], epoch: number): void {
  target.transaction(() => {
    target.run(
      'delete from tombstones where id = ?',
      batch.map(({ id }) => [id]),
    );
    target.run(
      'insert into envoys values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      batch.map((envoy) => {
        const row = envoyRow(envoy);
        return [
          row.id,
          row.hostname,
          row.public_key,
          epoch,
          row.enrolled_at,
          row.last_seen_at,
          row.traits_digest,
          row.status,
          row.drift,
          row.config_version,
          row.changed_streak,
          row.last_run_id,
        ];
      }),
    );
    target.run(
      'insert into envoy_traits values (?, ?)',
      batch.flatMap(({ id, traits }) => (traits ? [[id, traits]] : [])),
    );
  });
}

function release(source: SqlStore, batch: readonly SeedEnvoy[], to: string, epoch: number): void {
  source.transaction(() => {
    source.run(
      'delete from envoys where id = ?',
      batch.map(({ id }) => [id]),
    );
    source.run(
      'delete from envoy_traits where id = ?',
      batch.map(({ id }) => [id]),
    );
    source.run(
      `insert into tombstones values (?, 'released', ?, ?, '127.0.0.1:1530', 'spiffe://fleet/spoke/dc2', 1000, 0)`,
      batch.map(({ id }) => [id, epoch, to]),
    );
  });
}
