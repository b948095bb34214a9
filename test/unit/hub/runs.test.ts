import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { type ListRunsRequestSchema, type ListRunsResponse, MoveReason } from '../../../src/gen/vigo/v1/admin_pb.js';
import { EnvoyStatus, ResourceOutcome, type Run } from '../../../src/gen/vigo/v1/types_pb.js';
import type { MemoryAgent } from '../../support/memory-agent.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { codeOf, failureOf } from '../../support/rpc-failure.ts';
import { runId, runOf } from '../../support/runs.ts';
import { useFleet } from '../../support/use-fleet.ts';

type Query = MessageInitShape<typeof ListRunsRequestSchema>;

const numbers = (runs: readonly Run[]) => runs.map(({ id }) => Number.parseInt(id.slice(-12), 16));
const CHANGED = { ok: 2, changed: 1 };

describe('the runs of a fleet', () => {
  const newFleet = useFleet();
  let fleet: MemoryFleet;
  let web1: MemoryAgent;
  let web2: MemoryAgent;

  beforeEach(async () => {
    fleet = await newFleet();
    web1 = await fleet.enroll('web1.dc1.example.com');
    web2 = await fleet.enroll('web2.dc2.example.com');
    for (const agent of [web1, web2]) await agent.follow();
    await fleet.probes();
  });

  const report = async (agent: MemoryAgent, n: number, more: Parameters<typeof runOf>[2] = {}) => {
    await agent.report(runOf(n, fleet.clock.now(), more));
    await fleet.clock.advance(1_000);
  };
  const list = (query: Query = {}) => fleet.drive(fleet.hub.admin.listRuns(query));
  const status = async (name: string) => {
    const { envoys } = await fleet.drive(fleet.hub.admin.listEnvoys({ filter: { hostname: name } }));
    return envoys[0]!;
  };
  const moveWeb1 = async (to: string) => {
    const { move } = await fleet.drive(
      fleet.hub.admin.startMove({ reason: MoveReason.REASSIGN, hostname: 'web1.*', to }),
    );
    await fleet.ended(move!.id);
    expect(await web1.follow()).to.include({ spoke: to });
  };

  it('make the status of their envoys and the compliance of their spoke', async () => {
    for (const n of [1, 2, 3]) await report(web1, n, CHANGED);
    await report(web2, 4, { ok: 1, failed: 1 });
    expect(await status('web1.*')).to.include({ status: EnvoyStatus.DIVERGED });
    expect(await status('web2.*')).to.include({ status: EnvoyStatus.DEGRADED });
    await fleet.probes();
    const { spokes } = await fleet.hub.admin.getSpannerStatus({});
    expect(spokes.map(({ compliance }) => [compliance?.diverged, compliance?.degraded])).to.deep.equal([
      [1, 0],
      [0, 1],
    ]);
  });

  it('are listed newest first, of an envoy by either name, of a spoke, or of all', async () => {
    await report(web1, 1, CHANGED);
    await report(web2, 2);
    await report(web1, 3, { ok: 0, error: 'no bundle' });
    const { runs, complete, nextCursor, warnings } = await list();
    expect(numbers(runs)).to.deep.equal([3, 2, 1]);
    expect([complete, nextCursor, warnings]).to.deep.equal([true, '', []]);
    expect(runs[2]).to.include({
      envoyId: web1.id,
      hostname: 'web1.dc1.example.com',
      spoke: 'dc1',
      ok: 2,
      changed: 1,
      configVersion: 'c0ffee',
      durationMs: 1_500,
    });
    expect(runs[0]).to.include({ error: 'no bundle' });
    expect(timestampMs(runs[0]!.startedAt!)).to.equal(fleet.clock.now() - 1_000);
    expect(timestampMs(runs[0]!.receivedAt!)).to.equal(fleet.clock.now() - 1_000);
    expect(numbers((await list({ envoy: 'WEB1.dc1.example.com' })).runs)).to.deep.equal([3, 1]);
    expect(numbers((await list({ envoy: web2.id })).runs)).to.deep.equal([2]);
    expect(numbers((await list({ spoke: 'dc2' })).runs)).to.deep.equal([2]);
    expect(numbers((await list({ spoke: 'dc2', envoy: web1.id })).runs)).to.deep.equal([]);
  });

  it('are found each exactly once after a move, and the envoy keeps its status', async () => {
    await report(web1, 1, CHANGED);
    await report(web1, 2, CHANGED);
    await moveWeb1('dc2');
    expect(await status('web1.*')).to.include({ status: EnvoyStatus.RELAPSED, spoke: 'dc2' });
    // An answer was lost: the agent sends its last run again, to the new owner.
    await report(web1, 2, CHANGED);
    expect(await status('web1.*')).to.include({ status: EnvoyStatus.RELAPSED });
    await report(web1, 3, CHANGED);
    expect(await status('web1.*')).to.include({ status: EnvoyStatus.DIVERGED });
    const { runs } = await list({ envoy: 'web1.dc1.example.com' });
    expect(runs.map(({ id, spoke }) => [id, spoke])).to.deep.equal([
      [runId(3), 'dc2'],
      [runId(2), 'dc1'],
      [runId(1), 'dc1'],
    ]);
    const { recentRuns } = await fleet.drive(fleet.hub.admin.getEnvoy({ envoy: web1.id }));
    expect(numbers(recentRuns)).to.deep.equal([3, 2, 1]);
    await moveWeb1('dc1');
    expect(await status('web1.*')).to.include({ status: EnvoyStatus.DIVERGED, spoke: 'dc1' });
    expect(numbers((await list({ envoy: web1.id })).runs)).to.deep.equal([3, 2, 1]);
  });

  it('that come in while their envoy moves to and fro are all kept, each found once', async () => {
    const deliver = async (n: number) => {
      for (let attempts = 0; attempts < 30; attempts++) {
        const code = await web1.report(runOf(n, fleet.clock.now(), CHANGED)).then(
          () => 'acknowledged',
          () => 'refused',
        );
        if (code === 'acknowledged') return;
        // As an agent does: its next check-in tells it where to go.
        await web1.step();
      }
      throw new Error(`run ${n} finds no taker`);
    };
    for (let n = 1; n <= 10; n++) {
      const to = n % 2 ? 'dc2' : 'dc1';
      const moving = fleet.hub.admin.startMove({ reason: MoveReason.REASSIGN, hostname: 'web1.*', to });
      await Promise.all([deliver(3 * n), fleet.drive(moving).then(({ move }) => fleet.ended(move!.id))]);
      await deliver(3 * n + 1);
      await Promise.all([deliver(3 * n + 2), web1.follow()]);
    }
    const { runs } = await list({ envoy: web1.id, limit: 100 });
    expect(numbers(runs).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 30 }, (_, i) => i + 3));
    expect(new Set(runs.map((run) => run.spoke))).to.deep.equal(new Set(['dc1', 'dc2']));
    expect(await status('web1.*')).to.include({ status: EnvoyStatus.DIVERGED });
  });

  it('that two spokes keep count once, also over pages', async () => {
    const twice = runOf(2, fleet.clock.now());
    await web1.report(twice);
    const old = web1.fork();
    await fleet.clock.advance(1_000);
    await report(web1, 3);
    await moveWeb1('dc2');
    await web1.report(twice);
    await report(web1, 4);
    expect(await codeOf(old.report(runOf(9, 0))), 'the old owner takes no more').to.equal('NOT_SERVED_HERE');
    const walked: number[] = [];
    for (let cursor = ''; ; ) {
      const page = await list({ envoy: web1.id, cursor, limit: 1 });
      walked.push(...numbers(page.runs));
      if (!page.nextCursor) break;
      cursor = page.nextCursor;
    }
    expect(walked).to.deep.equal([4, 3, 2]);
  });

  it('come in pages that fit together, whatever the limit', async () => {
    for (let n = 1; n <= 12; n++) await report(n % 3 ? web1 : web2, n);
    const expected = Array.from({ length: 12 }, (_, i) => 12 - i);
    for (const limit of [1, 5, 11, 12, 13]) {
      const pages: ListRunsResponse[] = [];
      for (let cursor = ''; pages.length === 0 || cursor; cursor = pages.at(-1)!.nextCursor) {
        pages.push(await list({ cursor, limit }));
      }
      expect(
        pages.flatMap((page) => numbers(page.runs)),
        `limit ${limit}`,
      ).to.deep.equal(expected);
      expect(pages).to.have.length(Math.ceil(12 / limit));
    }
  });

  it('are listed without those of a spoke that is silent, down or known to be dead, which is said', async () => {
    await report(web1, 1);
    await report(web2, 2);
    fleet.spoke('dc2').wire = 'hung';
    const began = fleet.clock.now();
    const hung = await list();
    expect(numbers(hung.runs)).to.deep.equal([1]);
    expect(hung.complete).to.equal(false);
    expect(hung.warnings.map(({ spoke, code }) => [spoke, code])).to.deep.equal([['dc2', 'deadline_exceeded']]);
    expect(fleet.clock.now() - began).to.be.within(5_000, 6_000);
    fleet.spoke('dc2').wire = 'up';
    await fleet.spoke('dc2').kill();
    await fleet.probes(6);
    const asked = fleet.spoke('dc2').calls.get('ListRuns');
    const dead = await list({ envoy: web1.id });
    expect(numbers(dead.runs)).to.deep.equal([1]);
    expect(dead.warnings.map(({ spoke, code }) => [spoke, code])).to.deep.equal([['dc2', 'unhealthy']]);
    expect(fleet.spoke('dc2').calls.get('ListRuns')).to.equal(asked);
    expect((await list({ spoke: 'dc1' })).complete).to.equal(true);
  });

  it('of an envoy that was revoked can still be listed by its id', async () => {
    await report(web1, 1);
    await fleet.drive(fleet.hub.admin.revokeEnvoy({ envoy: web1.id }));
    const { runs } = await list({ envoy: web1.id });
    expect(runs.map(({ hostname, envoyId }) => [hostname, envoyId])).to.deep.equal([['', web1.id]]);
    expect(await codeOf(list({ envoy: 'web1.dc1.example.com' }))).to.equal('ENVOY_NOT_FOUND');
  });

  it('refuses what cannot be meant', async () => {
    expect(await codeOf(list({ envoy: 'nobody' }))).to.equal('ENVOY_NOT_FOUND');
    expect(await codeOf(list({ envoy: runId(1) }))).to.equal('ENVOY_NOT_FOUND');
    expect(await codeOf(list({ spoke: 'dc9' }))).to.equal('SPOKE_NOT_FOUND');
    expect(await codeOf(list({ limit: 1_001 }))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(list({ cursor: 'bogus' }))).to.equal('INVALID_CURSOR');
  });

  describe('one of them', () => {
    const get = (id: string) => fleet.drive(fleet.hub.admin.getRun({ id }));
    const results = [
      { resource: 'ntp/conf', type: 'file', outcome: ResourceOutcome.FAILED, message: 'denied', durationMs: 2 },
      { resource: 'ntp/run', type: 'service', outcome: ResourceOutcome.SKIPPED, message: '', durationMs: 0 },
    ];

    it('comes with its results, from whichever spoke has it', async () => {
      await report(web2, 1, { ok: 0, failed: 1, skipped: 1, results });
      const { run } = await get(runId(1).toUpperCase());
      expect(run).to.include({ spoke: 'dc2', hostname: 'web2.dc2.example.com', envoyId: web2.id, failed: 1 });
      expect(run?.results.map(({ $typeName: _, ...result }) => result)).to.deep.equal(results);
      expect((await list()).runs[0]?.results).to.deep.equal([]);
    });

    it('does not wait for a spoke that is silent if another has it', async () => {
      await report(web2, 1);
      fleet.spoke('dc1').wire = 'hung';
      const began = fleet.clock.now();
      expect((await get(runId(1))).run?.spoke).to.equal('dc2');
      expect(fleet.clock.now() - began).to.be.below(1_000);
    });

    it('that nobody has is not found, and it is said who did not answer', async () => {
      const nowhere = await failureOf(get(runId(7)), 'the hub');
      expect(nowhere.code).to.equal('RUN_NOT_FOUND');
      expect(nowhere.message).not.to.include('did not answer');
      fleet.spoke('dc1').wire = 'cut';
      const perhaps = await failureOf(get(runId(7)), 'the hub');
      expect(perhaps.code).to.equal('RUN_NOT_FOUND');
      expect(perhaps.message).to.include('dc1 (unavailable), which did not answer');
      expect(await codeOf(get('bogus'))).to.equal('RUN_NOT_FOUND');
    });
  });

  describe('in the detail', () => {
    it('of a spoke are the last 20, those of its former envoys among them', async () => {
      for (let n = 1; n <= 22; n++) await report(web1, n);
      const spoke = () => fleet.drive(fleet.hub.admin.getSpoke({ id: 'dc1' }));
      const expected = Array.from({ length: 20 }, (_, i) => 22 - i);
      expect(numbers((await spoke()).recentRuns)).to.deep.equal(expected);
      await moveWeb1('dc2');
      expect(numbers((await spoke()).recentRuns)).to.deep.equal(expected);
    });

    it('of an envoy are its last 10', async () => {
      for (let n = 1; n <= 12; n++) await report(web1, n);
      const { recentRuns, warnings } = await fleet.drive(fleet.hub.admin.getEnvoy({ envoy: web1.id }));
      expect(numbers(recentRuns)).to.deep.equal(Array.from({ length: 10 }, (_, i) => 12 - i));
      expect(warnings).to.deep.equal([]);
    });

    it('are missing with one warning where the spoke does not answer', async () => {
      await report(web1, 1);
      fleet.spoke('dc1').wire = 'cut';
      const spoke = await fleet.drive(fleet.hub.admin.getSpoke({ id: 'dc1' }));
      expect([spoke.recentRuns, spoke.warnings.map((warning) => warning.spoke)]).to.deep.equal([[], ['dc1']]);
      const envoy = await fleet.drive(fleet.hub.admin.getEnvoy({ envoy: web1.id }));
      expect([envoy.recentRuns, envoy.warnings.map((warning) => warning.spoke)]).to.deep.equal([[], ['dc1']]);
      const empty = await newFleet();
      empty.spoke('dc1').wire = 'cut';
      const { warnings } = await empty.drive(empty.hub.admin.getSpoke({ id: 'dc1' }));
      expect(warnings.map(({ message }) => message).join()).to.include('its runs are missing here');
    });
  });

  it('are not acknowledged by a spoke that dies, and come once when it is back', async () => {
    const sent = web1.report(runOf(1, fleet.clock.now(), CHANGED));
    const outcome = sent.then(
      () => 'acknowledged',
      () => 'failed',
    );
    await fleet.spoke('dc1').kill();
    const first = await outcome;
    await fleet.spoke('dc1').start();
    if (first === 'failed') await web1.report(runOf(1, fleet.clock.now(), CHANGED));
    await report(web1, 2, CHANGED);
    expect(await status('web1.*')).to.include({ status: EnvoyStatus.RELAPSED });
    expect(numbers((await list()).runs).sort()).to.deep.equal([1, 2]);
  });
});
