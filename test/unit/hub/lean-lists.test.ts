import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { createClient, createRouterTransport, type ServiceImpl } from '@connectrpc/connect';
import { expect } from 'chai';
import { SpokeService } from '../../../src/gen/vigo/v1/spoke_pb.js';
import { EnvoyTableSchema } from '../../../src/gen/vigo/v1/types_pb.js';
import { createEnvoySet } from '../../../src/rpc/envoy-set.ts';
import { createEnvoyTableBuilder, rowsOf } from '../../../src/rpc/envoy-table.ts';
import { openDirectory } from '../../../src/server/hub/directory.ts';
import { createEnvoyLists } from '../../../src/server/hub/listing/envoy-lists.ts';
import { createSpokeTables } from '../../../src/server/hub/listing/spoke-tables.ts';
import { createPartitionLinks } from '../../../src/server/hub/partition-links.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const NOW = Date.UTC(2030, 0, 1);
const TIMEOUT_MS = 1_000;
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const placed = (id: string, i: number) => ({
  id,
  hostname: `${id}.example.com`,
  spoke_id: i % 2 === 0 ? 'good' : 'odd',
  epoch: 3,
  max_epoch: 3,
  state: 'active' as const,
  enrolled_at: NOW - 1000 * (i + 1),
});
const ROWS = IDS.map(placed);

type Spoke = Partial<ServiceImpl<typeof SpokeService>>;
type Table = MessageInitShape<typeof EnvoyTableSchema>;

const states = (seen: number[], change: Table = {}): Table => ({
  statuses: seen.map(() => 1),
  drifts: seen.map(() => 1),
  flags: seen.map(() => 1),
  lastSeenAtMs: seen,
  configs: seen.map(() => 0),
  configVersions: ['v1'],
  ...change,
});

/** A spoke that answers as it should, in both forms. */
function honest(id: string): Required<Pick<Spoke, 'getEnvoyStates' | 'listEnvoys'>> {
  const mine = ROWS.filter((row) => row.spoke_id === id);
  const set = createEnvoySet();
  for (const { id, hostname, epoch, enrolled_at: enrolledAt } of mine) set.add({ id, hostname, epoch, enrolledAt });
  const behind = (after: { hostname: string } | undefined) =>
    mine.filter((row) => row.hostname > (after?.hostname ?? ''));
  const agrees = (known: Uint8Array) => Buffer.from(set.digest()).equals(known);
  return {
    getEnvoyStates: ({ knownEnvoys, after, limit }) =>
      agrees(knownEnvoys)
        ? {
            agreed: true,
            table: states(
              behind(after)
                .slice(0, limit)
                .map(() => NOW - 10),
            ),
          }
        : {},
    async *listEnvoys({ knownEnvoys, after, limit }) {
      const rows = behind(after).slice(0, limit || mine.length);
      if (agrees(knownEnvoys)) return yield { lean: true, total: mine.length, table: states(rows.map(() => NOW - 10)) };
      const builder = createEnvoyTableBuilder();
      for (const row of rows) {
        const { id, hostname, spoke_id: spoke, epoch, enrolled_at: enrolledAt } = row;
        const state = { status: 1, drift: 1, reachable: true, stale: false, lastSeenAt: NOW - 10, configVersion: 'v1' };
        builder.add({ id, hostname, spoke, epoch, enrolledAt, ...state });
      }
      yield { total: mine.length, table: builder.take() };
    },
  };
}

async function listsOver(odd: Spoke) {
  const clock = createFakeClock({ start: NOW });
  const directory = await openDirectory({ loadLive: async () => ROWS } as never);
  const link = (id: string, service: Spoke) => ({
    spec: { id, addr: '', patterns: [] },
    endpoint: { address: '', identity: '', spokeId: id },
    client: createClient(
      SpokeService,
      createRouterTransport((router) => router.service(SpokeService, service)),
    ),
  });
  const lists = createEnvoyLists({
    directory,
    links: createPartitionLinks([link('good', honest('good')), link('odd', odd)]),
    monitor: { view: () => undefined } as never,
    timeoutMs: TIMEOUT_MS,
    clock,
  });
  const { signal } = new AbortController();
  return {
    clock,
    directory,
    page: (limit = 100, cursor = '') => lists.page({ limit, cursor }, signal),
    async all() {
      const rows = [];
      let summary: { complete?: boolean; warnings?: readonly { spoke?: string }[] } | undefined;
      for await (const message of lists.stream({}, signal)) {
        if (message.table) rows.push(...rowsOf(create(EnvoyTableSchema, message.table)));
        summary = message.summary ?? summary;
      }
      return { rows, summary };
    },
  };
}

const shown = (rows: readonly { hostname?: string; stale?: boolean }[]) =>
  rows.map(({ hostname, stale }) => (stale ? hostname?.[0]?.toUpperCase() : hostname?.[0])).join('');

describe('a list for which hub and spokes agree on who is where', () => {
  it('shows each envoy once, in pages and as a stream, with names that only the hub has said', async () => {
    const { page, all } = await listsOver(honest('odd'));
    const { envoys, complete } = await page();
    expect(shown(envoys)).to.equal('abcdef');
    expect(complete).to.equal(true);
    expect(envoys.every((envoy) => envoy.configVersion === 'v1' && envoy.reachable)).to.equal(true);
    const stream = await all();
    expect(shown(stream.rows)).to.equal('abcdef');
    expect(stream.summary).to.include({ complete: true });
    const first = await page(4);
    expect(shown(first.envoys)).to.equal('abcd');
    expect(shown((await page(4, first.nextCursor)).envoys)).to.equal('ef');
  });

  it('asks for names when a spoke does not agree, does not know the question, or has not heard of a move yet', async () => {
    const { listEnvoys } = honest('odd');
    const disagreeing = await listsOver({ getEnvoyStates: () => ({}), listEnvoys });
    expect(shown((await disagreeing.page()).envoys)).to.equal('abcdef');
    const older = await listsOver({ listEnvoys });
    expect(await older.page()).to.include({ complete: true });
    const moved = await listsOver(honest('odd'));
    moved.directory.reassign('a', 'odd', 4);
    const { envoys, complete } = await moved.page();
    expect(shown(envoys)).to.equal('abcdef');
    expect(envoys[0]).to.include({ spoke: 'odd', epoch: 4, stale: false });
    expect(complete).to.equal(true);
    expect(shown((await moved.all()).rows)).to.equal('abcdef');
  });

  it('puts up with envoys that move or are revoked while it is read', async () => {
    let gate = Promise.withResolvers<void>();
    const { listEnvoys } = honest('odd');
    const { all, directory } = await listsOver({
      async *listEnvoys(request, context) {
        for await (const answer of listEnvoys(request, context)) {
          const { table, total, lean } = answer as { table: Table; total: number; lean: boolean };
          yield { lean, total, table: states((table.lastSeenAtMs ?? []).slice(0, 1)) };
          await gate.promise;
          yield { lean, table: states((table.lastSeenAtMs ?? []).slice(1)) };
        }
      },
    });
    // Both forms of the answer have begun; what happens now is not in them.
    const reading = all();
    await new Promise((resolve) => setImmediate(resolve));
    directory.reassign('d', 'good', 4);
    directory.remove('e');
    gate.resolve();
    gate = Promise.withResolvers();
    const { rows, summary } = await reading;
    expect(shown(rows)).to.equal('abcdf');
    expect(rows.map((row) => row.spoke)).to.deep.equal(['good', 'odd', 'good', 'good', 'odd']);
    expect(summary).to.include({ complete: true });
  });

  const lies: Record<string, Spoke> = {
    'more rows than it was asked for': {
      getEnvoyStates: ({ limit }) => ({ agreed: true, table: states(Array.from({ length: limit + 1 }, () => NOW)) }),
    },
    'fewer rows than it owns': {
      getEnvoyStates: () => ({ agreed: true, table: states([]) }),
    },
    'no table at all': { getEnvoyStates: () => ({ agreed: true }) },
  };
  for (const [name, service] of Object.entries(lies)) {
    it(`says so when a spoke sends ${name}`, async () => {
      const { page } = await listsOver(service);
      const { envoys, complete, warnings } = await page();
      expect(shown(envoys)).to.equal('aBcDeF');
      expect(complete).to.equal(false);
      expect(warnings?.map(({ spoke }) => spoke)).to.deep.equal(['odd']);
    });
  }

  it('is not kept for ever by a stream that sends too much, nothing, or another form', async () => {
    const endless: Spoke = {
      async *listEnvoys() {
        for (let i = 0; i < 20; i++) yield { lean: true, table: states([NOW, NOW]) };
      },
    };
    const empty: Spoke = {
      async *listEnvoys() {
        for (let i = 0; i < 20; i++) yield { lean: true, table: states([]) };
      },
    };
    const turning: Spoke = {
      async *listEnvoys() {
        yield { lean: true, table: states([NOW - 5]) };
        yield { lean: false, table: { ids: ['d'], hostnames: ['d.example.com'] } };
      },
    };
    for (const [service, seen] of [
      [endless, 'abcdeF'],
      [empty, 'aBcDeF'],
      [turning, 'abcDeF'],
    ] as const) {
      const { rows, summary } = await (await listsOver(service)).all();
      expect(shown(rows)).to.equal(seen);
      expect(summary?.complete).to.equal(false);
      expect(summary?.warnings?.map(({ spoke }) => spoke)).to.deep.equal(['odd']);
    }
  });

  it('cannot be told a time that no date holds', async () => {
    const { page } = await listsOver({
      getEnvoyStates: () => ({ agreed: true, table: states([Number.POSITIVE_INFINITY, 1e16, -5]) }),
    });
    const { envoys } = await page();
    expect(shown(envoys)).to.equal('abcdef');
    expect(envoys.filter((_, i) => i % 2 === 1).map((envoy) => envoy.lastSeenAt)).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('costs a spoke that hangs its deadline once', async () => {
    const { page, clock } = await listsOver({ getEnvoyStates: () => new Promise(() => {}) });
    const waiting = page();
    await clock.advance(TIMEOUT_MS);
    const { envoys, warnings } = await waiting;
    expect(shown(envoys)).to.equal('aBcDeF');
    expect(warnings?.map(({ code }) => code)).to.deep.equal(['deadline_exceeded']);
    expect(clock.now() - NOW).to.equal(TIMEOUT_MS);
  });

  it('ends a spoke that drips rows, however small each wait is', async () => {
    const clock = createFakeClock({ start: NOW });
    const transport = createRouterTransport((router) =>
      router.service(SpokeService, {
        async *listEnvoys() {
          for (let i = 0; i < 20; i++) {
            await new Promise<void>((resolve) => void clock.after(TIMEOUT_MS * 0.9, resolve));
            yield { lean: true, table: states([NOW]) };
          }
        },
      }),
    );
    const tables = createSpokeTables({
      link: {
        spec: { id: 'odd', addr: '', patterns: [] },
        endpoint: { address: '', identity: '', spokeId: 'odd' },
        client: createClient(SpokeService, transport),
      },
      filter: { hostname: '', statuses: [] },
      sort: { field: 'hostname', descending: false },
      maxRows: 100,
      timeoutMs: TIMEOUT_MS,
      clock,
      signal: new AbortController().signal,
    });
    tables.ask({ after: undefined, limit: 0 });
    let rows = 0;
    for (;;) {
      const next = tables.next();
      await clock.advance(TIMEOUT_MS * 0.9);
      await next;
      if (!tables.table) break;
      rows += tables.rows;
    }
    expect(rows).to.be.within(1, 7);
    expect(tables.warning).to.include({ spoke: 'odd', code: 'deadline_exceeded' });
  });
});
