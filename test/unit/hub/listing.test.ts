import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import {
  type ListEnvoysRequestSchema,
  type ListEnvoysResponse,
  SpokeHealth,
} from '../../../src/gen/vigo/v1/admin_pb.js';
import { type Envoy, EnvoySort, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { rowsOf } from '../../../src/rpc/envoy-table.ts';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { useFleet } from '../../support/use-fleet.ts';

type Query = MessageInitShape<typeof ListEnvoysRequestSchema>;

const NAMES = ['dc1', 'dc2', 'dc3'].flatMap((dc) => [10, 9, 8, 2, 1].map((n) => `web${n}.${dc}.example.com`));
const SPOKES = { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'], dc3: ['*.dc3.*'] };
const names = (envoys: readonly Envoy[]) => envoys.map((envoy) => envoy.hostname);

describe('a list of envoys', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;
  let agents: MemoryAgent[];

  beforeEach(async () => {
    fleet = await newFleet({ spokes: SPOKES });
    agents = [];
    for (const name of NAMES) {
      agents.push(await fleet.enroll(name));
      await fleet.clock.advance(1_000);
    }
  });

  const list = (query: Query = {}) => fleet.drive(fleet.hub.admin.listEnvoys(query));
  const pages = async (query: Query): Promise<ListEnvoysResponse[]> => {
    const all: ListEnvoysResponse[] = [];
    for (let cursor = ''; all.length < 100; ) {
      const page = await list({ ...query, cursor });
      all.push(page);
      cursor = page.nextCursor;
      if (!cursor) break;
    }
    return all;
  };

  it('is sorted by code units, across spokes', async () => {
    const { envoys, total, complete, warnings, nextCursor } = await list();
    expect(names(envoys)).to.deep.equal(NAMES.toSorted());
    expect({ total, complete, warnings, nextCursor }).to.deep.equal({
      total: 15,
      complete: true,
      warnings: [],
      nextCursor: '',
    });
    expect(envoys.every((envoy) => !envoy.stale && envoy.reachable && envoy.status === EnvoyStatus.NO_DATA)).to.equal(
      true,
    );
    expect(names((await list({ descending: true })).envoys)).to.deep.equal(NAMES.toSorted().reverse());
    const byAge = await list({ sort: EnvoySort.ENROLLED_AT });
    expect(names(byAge.envoys)).to.deep.equal(NAMES);
  });

  for (const limit of [1, 2, 4, 5, 7, 14, 15, 16]) {
    it(`gives the same in pages of ${limit} as at once, in every order and with filters`, async () => {
      const queries: Query[] = [
        {},
        { descending: true },
        { sort: EnvoySort.ENROLLED_AT, descending: true },
        { filter: { hostname: 'web[128].*' } },
        { filter: { spoke: 'dc2' }, descending: true },
        { filter: { statuses: [EnvoyStatus.NO_DATA], hostname: '*.dc3.*' } },
      ];
      for (const query of queries) {
        const whole = await list({ ...query, limit: 1_000 });
        const parts = await pages({ ...query, limit });
        expect(parts.flatMap((page) => names(page.envoys))).to.deep.equal(names(whole.envoys));
        expect(parts.every((page) => page.total === whole.envoys.length && page.complete)).to.equal(true);
        expect(parts.slice(0, -1).every((page) => page.envoys.length === limit)).to.equal(true);
        expect(parts.length).to.equal(Math.max(1, Math.ceil(whole.envoys.length / limit)));
      }
    });
  }

  it('costs each spoke one small question a page, and those without a row on it none', async () => {
    const count = (method: string) => fleet.spokes.map((spoke) => spoke.calls.get(method) ?? 0);
    const before = { small: count('GetEnvoyStates'), large: count('ListEnvoys') };
    await list({});
    expect(count('GetEnvoyStates')).to.deep.equal(before.small.map((n) => n + 1));
    await list({ filter: { spoke: 'dc2' } });
    expect(count('GetEnvoyStates')).to.deep.equal(before.small.map((n, i) => n + (i === 1 ? 2 : 1)));
    expect(count('ListEnvoys')).to.deep.equal(before.large);
    await list({ filter: { hostname: '*.dc1.*' } });
    expect(count('ListEnvoys')).to.deep.equal(before.large.map((n) => n + 1));
  });

  it('streams the same as it pages, with the summary last', async () => {
    const rows: string[] = [];
    let summary: unknown;
    for await (const message of fleet.hub.admin.streamEnvoys({ descending: true })) {
      expect(summary).to.equal(undefined);
      if (message.table) for (const row of rowsOf(message.table)) rows.push(row.hostname);
      if (message.summary) summary = { ...message.summary };
    }
    expect(rows).to.deep.equal(NAMES.toSorted().reverse());
    expect(summary).to.include({ total: 15, complete: true });
  });

  it('filters by what spokes know now', async () => {
    for (const agent of agents) if (agent.hostname.includes('dc1')) await agent.follow();
    await fleet.clock.advance(400_000);
    for (const agent of agents) if (agent.hostname.startsWith('web1.')) await agent.follow();
    await fleet.clock.advance(500_000);
    const offline = await list({ filter: { statuses: [EnvoyStatus.OFFLINE] } });
    const known = await list({ filter: { statuses: [EnvoyStatus.NO_DATA] } });
    expect(names(known.envoys)).to.deep.equal(['web1.dc1.example.com', 'web1.dc2.example.com', 'web1.dc3.example.com']);
    expect(offline.total + known.total).to.equal(15);
    expect(offline.envoys.every((envoy) => !envoy.reachable)).to.equal(true);
  });

  it('refuses what it does not understand', async () => {
    const first = await list({ limit: 2 });
    expect(await codeOf(list({ limit: 1_001 }))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(list({ cursor: 'nonsense' }))).to.equal('INVALID_CURSOR');
    expect(await codeOf(list({ cursor: first.nextCursor, descending: true }))).to.equal('INVALID_CURSOR');
    expect(await codeOf(list({ filter: { hostname: '!(a)' } }))).to.equal('INVALID_PATTERN');
    expect(await codeOf(list({ filter: { spoke: 'dc9' } }))).to.equal('SPOKE_NOT_FOUND');
  });

  describe('while a spoke', () => {
    const down = async (kind: 'kill' | 'hung' | 'cut') => {
      if (kind === 'kill') await fleet.spoke('dc2').kill();
      else fleet.spoke('dc2').wire = kind;
    };
    const ofDc2 = (envoys: readonly Envoy[]) => envoys.filter((envoy) => envoy.spoke === 'dc2');

    for (const kind of ['kill', 'hung', 'cut'] as const) {
      it(`does not answer (${kind}) shows its envoys from the directory, stale, with a warning`, async () => {
        await list();
        await down(kind);
        for (const limit of [100, 4]) {
          const parts = await pages({ limit });
          const envoys = parts.flatMap((page) => page.envoys);
          expect(names(envoys)).to.deep.equal(NAMES.toSorted());
          expect(envoys.filter((envoy) => envoy.stale)).to.deep.equal(ofDc2(envoys));
          expect(ofDc2(envoys).every((envoy) => !envoy.reachable)).to.equal(true);
          for (const page of parts) {
            expect(page.complete).to.equal(false);
            expect(page.warnings.map((warning) => warning.spoke)).to.deep.equal(['dc2']);
            expect(page.total).to.equal(15);
          }
        }
      });
    }

    it('is silent costs its deadline once', async () => {
      await down('hung');
      const begun = fleet.clock.monotonic();
      const { warnings } = await list();
      expect(warnings[0]?.code).to.equal('deadline_exceeded');
      expect(fleet.clock.monotonic() - begun).to.be.within(5_000, 5_200);
    });

    it('is known to be unhealthy does not ask it', async () => {
      await down('hung');
      await fleet.probes(12);
      const { spokes } = await fleet.hub.admin.getSpannerStatus({});
      expect(spokes[1]?.health).to.equal(SpokeHealth.UNHEALTHY);
      const asked = fleet.spoke('dc2').calls.get('ListEnvoys');
      const begun = fleet.clock.monotonic();
      const { warnings, complete, envoys } = await list();
      expect(fleet.clock.monotonic() - begun).to.be.below(200);
      expect(fleet.spoke('dc2').calls.get('ListEnvoys')).to.equal(asked);
      expect(warnings[0]).to.include({ spoke: 'dc2', code: 'unhealthy' });
      expect([complete, envoys.length]).to.deep.equal([false, 15]);
    });

    it('is away remembers the status that it last had', async () => {
      const [agent] = agents.filter(({ hostname }) => hostname === 'web1.dc2.example.com');
      await agent!.follow();
      await list();
      await down('kill');
      const filter = { statuses: [EnvoyStatus.NO_DATA], hostname: 'web1.dc2.*' };
      const { envoys, total } = await list({ filter });
      expect(envoys.map(({ stale, status }) => ({ stale, status }))).to.deep.equal([
        { stale: true, status: EnvoyStatus.NO_DATA },
      ]);
      expect(envoys[0]?.lastSeenAt).not.to.equal(undefined);
      expect(total).to.equal(1);
    });

    it('is away, an envoy can be shown, without its traits', async () => {
      await agents.find(({ hostname }) => hostname === 'web1.dc2.example.com')?.follow();
      const before = await fleet.drive(fleet.hub.admin.getEnvoy({ envoy: 'WEB1.dc2.example.com' }));
      expect(before.traits).to.deep.equal({ hostname: 'web1.dc2.example.com' });
      expect(before.warnings).to.deep.equal([]);
      await down('hung');
      const after = await fleet.drive(fleet.hub.admin.getEnvoy({ envoy: before.envoy!.id }));
      expect(after.envoy?.stale).to.equal(true);
      expect(after.traits).to.equal(undefined);
      expect(after.warnings.map((warning) => warning.spoke)).to.deep.equal(['dc2']);
      expect(after.placements.map(({ spoke, epoch, reason }) => ({ spoke, epoch, reason }))).to.deep.equal([
        { spoke: 'dc2', epoch: 1, reason: 'enrolled' },
      ]);
    });
  });

  it('shows envoys of a spoke that left the configuration', async () => {
    await fleet.hub.stop();
    fleet.leftOut.add('dc3');
    await fleet.hub.start();
    const { envoys, warnings, complete } = await list();
    expect([envoys.length, complete]).to.deep.equal([15, false]);
    expect(warnings[0]).to.include({ spoke: 'dc3', code: 'not_found' });
    expect((await list({ filter: { spoke: 'dc3' } })).total).to.equal(5);
    expect((await fleet.hub.admin.getSpannerStatus({})).unplaced).to.equal(5);
  });

  it('believes an owner about its own envoys only', async () => {
    // dc3 claims, under a high epoch, an envoy that dc1 owns.
    const [victim] = [...fleet.records.active().values()].filter((row) => row.hostname === 'web1.dc1.example.com');
    const claim = { id: victim!.id, hostname: victim!.hostname, publicKey: victim!.public_key, epoch: 99 };
    await fleet
      .spoke('dc3')
      .linkFor(fleet.hub.life)
      .client.adopt({ envoys: [{ ...claim, status: EnvoyStatus.FAILED }] });
    const row = async () => (await list({ filter: { hostname: 'web1.dc1.*' } })).envoys[0];
    expect(await row()).to.include({ spoke: 'dc1', epoch: 1, status: EnvoyStatus.NO_DATA, stale: false });
    await fleet.spoke('dc1').kill();
    expect(await row()).to.include({ spoke: 'dc1', epoch: 1, stale: true });
  });
});
