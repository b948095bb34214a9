import { createClient, createRouterTransport } from '@connectrpc/connect';
import { expect } from 'chai';
import { SpokeService, type SpokeServiceListEnvoysRequest } from '../../../src/gen/vigo/v1/spoke_pb.js';
import { createEnvoyTableBuilder, type EnvoyTableRow } from '../../../src/rpc/envoy-table.ts';
import { openDirectory } from '../../../src/server/hub/directory.ts';
import { createEnvoyLists } from '../../../src/server/hub/listing/envoy-lists.ts';
import { createPartitionLinks } from '../../../src/server/hub/partition-links.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const NOW = Date.UTC(2030, 0, 1);
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const placed = (id: string, i: number) => ({
  id,
  hostname: `${id}.example.com`,
  spoke_id: i % 2 === 0 ? 'good' : 'liar',
  epoch: 3,
  max_epoch: 3,
  state: 'active' as const,
  enrolled_at: NOW - 1000 * (i + 1),
});

type Answer = (request: SpokeServiceListEnvoysRequest) => AsyncGenerator<object>;

/** A hub's lists over an honest spoke, which has every second envoy, and one that answers what it likes. */
async function listsOver(lie: Answer) {
  const directory = await openDirectory({ loadLive: async () => IDS.map(placed) } as never);
  const honest = (id: string, change: Partial<EnvoyTableRow> = {}): EnvoyTableRow => {
    const i = IDS.indexOf(id);
    return {
      id,
      hostname: `${id}.example.com`,
      spoke: placed(id, i).spoke_id,
      epoch: 3,
      status: 1,
      drift: 1,
      reachable: true,
      stale: false,
      lastSeenAt: NOW - 10,
      enrolledAt: placed(id, i).enrolled_at,
      configVersion: '',
      ...change,
    };
  };
  const table = (...rows: EnvoyTableRow[]) => {
    const builder = createEnvoyTableBuilder();
    for (const row of rows) builder.add(row);
    return builder.take();
  };
  const truth: Answer = async function* ({ after }) {
    yield {
      total: 3,
      table: table(...['a', 'c', 'e'].map((id) => honest(id)).filter((row) => row.hostname > (after?.hostname ?? ''))),
    };
  };
  const link = (id: string, answer: Answer) => {
    const transport = createRouterTransport((router) => router.service(SpokeService, { listEnvoys: answer }));
    return {
      spec: { id, addr: '', patterns: [] },
      endpoint: { address: '', identity: '', spokeId: id },
      client: createClient(SpokeService, transport),
    };
  };
  const lists = createEnvoyLists({
    directory,
    links: createPartitionLinks([link('good', truth), link('liar', lie)]),
    monitor: { view: () => undefined } as never,
    timeoutMs: 1_000,
    clock: createFakeClock({ start: NOW }),
  });
  const page = (limit: number, cursor = '') => lists.page({ limit, cursor }, new AbortController().signal);
  return { page, honest, table };
}

type Tools = Pick<Awaited<ReturnType<typeof listsOver>>, 'honest' | 'table'>;

async function pageWith(answer: (tools: Tools) => AsyncGenerator<object>, limit = 100, cursor = '') {
  const tools: Partial<Tools> = {};
  const { page, ...rest } = await listsOver(() => answer(tools as Tools));
  Object.assign(tools, rest);
  return { first: await page(limit, cursor), page };
}

const namesOf = (page: { envoys: { hostname?: string }[] }) => page.envoys.map((envoy) => envoy.hostname?.[0]).join('');

describe('a spoke that lies', () => {
  it('cannot make a time that no date holds, nor change who an envoy is', async () => {
    const { first } = await pageWith(async function* ({ honest, table }) {
      const rows = [
        honest('b', { lastSeenAt: Number.POSITIVE_INFINITY, enrolledAt: Number.NaN }),
        honest('d', { lastSeenAt: 1e16, spoke: 'good', epoch: 99 }),
        honest('f', { lastSeenAt: -5, hostname: 'zzz.example.com' }),
      ];
      yield { total: 4294967295, table: table(...rows) };
    });
    expect(namesOf(first)).to.equal('abcdef');
    const [, b, , d, , f] = first.envoys;
    expect([b, d, f].map((envoy) => envoy?.lastSeenAt)).to.deep.equal([undefined, undefined, undefined]);
    expect(d).to.include({ spoke: 'liar', epoch: 3, hostname: 'd.example.com' });
    expect(f).to.include({ hostname: 'f.example.com' });
    expect(first.total).to.equal(6);
  });

  it('cannot make a page skip the envoys of others', async () => {
    const { first, page } = await pageWith(async function* ({ honest, table }) {
      yield {
        total: 3,
        table: table(
          honest('b', { hostname: 'b.example.com', enrolledAt: Number.NaN }),
          honest('d', { hostname: 'zzz' }),
          honest('f'),
        ),
      };
    }, 4);
    expect(namesOf(first)).to.equal('abcd');
    expect(namesOf(await page(100, first.nextCursor))).to.equal('ef');
  });

  it('cannot keep the list waiting with a stream that says nothing or does not end', async () => {
    const nothing = await pageWith(async function* ({ table }) {
      for (let i = 0; i < 20; i++) yield { table: table() };
    });
    expect(namesOf(nothing.first)).to.equal('abcdef');
    expect(nothing.first.complete).to.equal(false);
    expect(nothing.first.warnings?.map((warning) => warning.spoke)).to.deep.equal(['liar']);
    const endless = await pageWith(async function* ({ honest, table }) {
      const rows = Array.from({ length: 1_000 }, (_, i) => honest('b', { id: `x${i}`, hostname: '0.example.com' }));
      // Longer than what is believed, but an end there must be: the transport of a test has no brake.
      for (let i = 0; i < 20; i++) yield { table: table(...rows) };
    });
    expect(namesOf(endless.first)).to.equal('abcdef');
    expect(endless.first.envoys.filter((envoy) => envoy.stale)).to.have.length(3);
  });
});
