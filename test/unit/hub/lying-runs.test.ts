import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { createClient, createRouterTransport } from '@connectrpc/connect';
import { expect } from 'chai';
import { SpokeService, type SpokeServiceListRunsRequest } from '../../../src/gen/vigo/v1/spoke_pb.js';
import { ResourceOutcome, type Run, RunSchema } from '../../../src/gen/vigo/v1/types_pb.js';
import { openDirectory } from '../../../src/server/hub/directory.ts';
import { createPartitionLinks } from '../../../src/server/hub/partition-links.ts';
import { createRunLists } from '../../../src/server/hub/runs/run-lists.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { failureOf } from '../../support/rpc-failure.ts';
import { runId, runOf } from '../../support/runs.ts';

const NOW = Date.UTC(2030, 0, 1);
const ENVOY = runId(100);
const signal = new AbortController().signal;
const truth = (n: number): Run =>
  create(RunSchema, { ...runOf(n, NOW - n * 1_000), envoyId: ENVOY, spoke: 'good', receivedAt: timestampFromMs(NOW) });

/** The lists of a hub over an honest spoke, which has the runs 1 to 3, and one that answers what it likes. */
async function listsOver(lie: (request: SpokeServiceListRunsRequest) => Run[], found?: Run) {
  const link = (id: string, runs: (request: SpokeServiceListRunsRequest) => Run[], run?: Run) => ({
    spec: { id, addr: '', patterns: [] },
    endpoint: { address: '', identity: '', spokeId: id },
    client: createClient(
      SpokeService,
      createRouterTransport((router) =>
        router.service(SpokeService, {
          listRuns: (request) => ({ runs: runs(request) }),
          getRun: () => (run ? { run } : {}),
        }),
      ),
    ),
  });
  const placed = {
    id: ENVOY,
    hostname: 'web1.example.com',
    spoke_id: 'good',
    epoch: 1,
    max_epoch: 1,
    state: 'active' as const,
    enrolled_at: NOW - 10 ** 6,
  };
  return createRunLists({
    directory: await openDirectory({ loadLive: async () => [placed] } as never),
    links: createPartitionLinks([link('good', () => [1, 2, 3].map(truth)), link('liar', lie, found)]),
    monitor: { view: () => undefined },
    timeoutMs: 1_000,
    clock: createFakeClock({ start: NOW }),
  });
}

const lie = (n: number, more: MessageInitShape<typeof RunSchema>): Run =>
  create(RunSchema, { ...truth(n), ...more } as MessageInitShape<typeof RunSchema>);

const lies: [what: string, runs: Run[]][] = [
  ['a run without an id', [lie(4, { id: '' })]],
  ['a run with an id that is none', [lie(4, { id: 'x'.repeat(100_000) })]],
  ['a run without a time', [create(RunSchema, { id: runId(4), envoyId: ENVOY })]],
  ['a time that no date holds', [lie(4, { startedAt: { seconds: 10n ** 17n, nanos: 0 } as never })]],
  ['a time far ahead', [lie(4, { startedAt: timestampFromMs(NOW + 10 ** 12) })]],
  ['numbers beyond all reason', [lie(4, { ok: 4_000_000_000 })]],
  ['an error without an end', [lie(4, { error: 'x'.repeat(5_000) })]],
  ['a version without an end', [lie(4, { configVersion: 'x'.repeat(5_000) })]],
  ["another envoy's run", [lie(4, { envoyId: runId(999) })]],
  ['the wrong order', [lie(6, {}), lie(5, {})]],
  ['the same run twice', [lie(5, {}), lie(5, {})]],
  ['more than was asked for', Array.from({ length: 30 }, (_, i) => lie(i + 4, {}))],
];

describe('a spoke that lies about runs', () => {
  for (const [what, runs] of lies) {
    it(`with ${what} costs its own answer only`, async () => {
      const lists = await listsOver(() => runs);
      const page = await lists.page({ envoy: ENVOY, spoke: '', cursor: '', limit: 20 }, signal);
      expect(page.runs?.map(({ id }) => id)).to.deep.equal([1, 2, 3].map(runId));
      expect(page.complete).to.equal(false);
      expect(page.warnings?.map(({ spoke }) => spoke)).to.deep.equal(['liar']);
      expect(JSON.stringify(page.warnings).length, 'nor does what it sent get into the warning').to.be.below(1_000);
    });
  }

  it('cannot name another spoke or host, nor make a page skip the runs of others', async () => {
    const lists = await listsOver(() => [lie(2, { spoke: 'good', hostname: 'other', id: runId(9) })]);
    const first = await lists.page({ envoy: '', spoke: '', cursor: '', limit: 2 }, signal);
    expect(first.runs?.map(({ id }) => id)).to.deep.equal([runId(1), runId(9)]);
    expect(first.runs?.[1]).to.include({ spoke: 'liar', hostname: 'web1.example.com' });
    expect(first.nextCursor).not.to.equal('');
  });

  it('cannot give another run than the one that was asked for, nor one that is too large', async () => {
    const results = [
      { resource: 'a/b', type: 'file', outcome: ResourceOutcome.OK, message: 'x'.repeat(5_000), durationMs: 0 },
    ];
    for (const found of [lie(5, {}), lie(4, { results })]) {
      const failure = await failureOf((await listsOver(() => [], found)).find(runId(4), signal), 'the hub');
      expect(failure.code).to.equal('RUN_NOT_FOUND');
      expect(failure.message).to.include('liar');
    }
    expect((await (await listsOver(() => [], lie(4, {}))).find(runId(4), signal)).id).to.equal(runId(4));
  });
});
