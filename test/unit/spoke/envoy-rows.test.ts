import { expect } from 'chai';
import fc from 'fast-check';
import { EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { rowsOf } from '../../../src/rpc/envoy-table.ts';
import { createEnvoyIndex } from '../../../src/server/spoke/envoy-index.ts';
import { complianceOf, countRows, type RowQuery, tablesOf } from '../../../src/server/spoke/envoy-rows.ts';
import { envoyRow, PACE } from './fleet-memory.ts';

const NOW = 10_000_000;
const ALL: RowQuery = {
  hostname: '',
  statuses: [],
  sort: { field: 'hostname', descending: false },
  after: undefined,
  limit: 0,
};

const sourceOf = (rows: ReturnType<typeof envoyRow>[]) => ({
  index: createEnvoyIndex(rows, []),
  spokeId: 'dc1',
  pace: PACE,
});
const fleetOf = (count: number) =>
  sourceOf(
    Array.from({ length: count }, (_, i) =>
      envoyRow(`id${i}`, {
        hostname: `web${i % 700}.example.com`,
        enrolled_at: 5_000 + ((i * 7) % 900),
        last_seen_at: NOW,
      }),
    ),
  );
const list = (source: ReturnType<typeof sourceOf>, query: Partial<RowQuery> = {}) =>
  [...tablesOf(source, { ...ALL, ...query }, NOW)].flatMap((table) => [...rowsOf(table)]);

describe("a spoke's own list", () => {
  it('yields one empty table when there is nothing', () => {
    const tables = [...tablesOf(sourceOf([]), ALL, NOW)];
    expect(tables.map((table) => table.ids)).to.deep.equal([[]]);
    expect([...tablesOf(fleetOf(3), { ...ALL, hostname: 'none.*' }, NOW)]).to.have.length(1);
  });

  it('does not call an envoy offline before it was told to come back, however the fleet has shrunk since', () => {
    const source = fleetOf(2);
    const [entry] = source.index.values();
    if (!entry) throw new Error('there is one');
    entry.lastSeenAt = NOW - 20 * PACE.intervalMs;
    expect(list(source, { statuses: [EnvoyStatus.OFFLINE] }).map(({ id }) => id)).to.deep.equal([entry.id]);
    entry.toldMs = 10 * PACE.intervalMs;
    expect(list(source, { statuses: [EnvoyStatus.OFFLINE] })).to.deep.equal([]);
    expect(complianceOf(source, NOW).offline).to.equal(0);
  });

  it('cuts long lists into tables, and yields none that is empty then', () => {
    expect([...tablesOf(fleetOf(1_200), ALL, NOW)].map((table) => table.ids.length)).to.deep.equal([500, 500, 200]);
    expect([...tablesOf(fleetOf(1_000), ALL, NOW)].map((table) => table.ids.length)).to.deep.equal([500, 500]);
  });

  it('says of each envoy what is known', () => {
    const source = sourceOf([
      envoyRow('a', { last_seen_at: NOW - 1, epoch: 4, status: 'degraded', drift: 'changed', config_version: 'v7' }),
      envoyRow('b', { last_seen_at: NOW - 1_000_000, status: 'converged' }),
    ]);
    const [a, b] = list(source);
    expect(a).to.include({
      id: 'a',
      spoke: 'dc1',
      epoch: 4,
      status: EnvoyStatus.DEGRADED,
      reachable: true,
      stale: false,
    });
    expect(a).to.include({ lastSeenAt: NOW - 1, enrolledAt: 1_000, configVersion: 'v7' });
    expect(b).to.include({ status: EnvoyStatus.OFFLINE, reachable: false });
    expect(complianceOf(source, NOW)).to.deep.include({ degraded: 1, offline: 1, converged: 0 });
  });

  it('counts what matches, wherever a page begins', () => {
    const source = fleetOf(1_000);
    expect(countRows(source, ALL, NOW)).to.equal(1_000);
    const query = { ...ALL, hostname: 'web1.*', limit: 1 };
    expect(countRows(source, query, NOW)).to.equal(2);
    expect(countRows(source, { ...ALL, statuses: [EnvoyStatus.OFFLINE] }, NOW)).to.equal(0);
    expect(countRows(source, { ...ALL, statuses: [EnvoyStatus.OFFLINE, EnvoyStatus.NO_DATA] }, NOW)).to.equal(1_000);
  });

  it('gives in pages of any size what it gives at once', () => {
    const source = fleetOf(1_500);
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 800 }),
        fc.constantFrom<'hostname' | 'enrolledAt'>('hostname', 'enrolledAt'),
        fc.boolean(),
        fc.constantFrom('', 'web1*', '*[05].example.com'),
        (limit, field, descending, hostname) => {
          const query = { sort: { field, descending }, hostname };
          const paged: string[] = [];
          for (let after: RowQuery['after']; ; ) {
            const page = list(source, { ...query, limit, after });
            paged.push(...page.map((row) => row.id));
            if (page.length < limit) break;
            after = page.at(-1);
          }
          expect(paged).to.deep.equal(list(source, query).map((row) => row.id));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is a snapshot: what changes while it is read does not disturb it', () => {
    const source = fleetOf(1_200);
    const tables = tablesOf(source, ALL, NOW);
    const first = tables.next().value;
    source.index.bury([
      {
        id: first!.ids[0]!,
        kind: 'released',
        epoch: 9,
        target_spoke: '',
        target_address: '',
        target_identity: '',
        spread_ms: 0,
        at: 0,
      },
    ]);
    expect([...tables].reduce((sum, table) => sum + table.ids.length, 500)).to.equal(1_200);
    expect(list(source)).to.have.length(1_199);
  });
});
