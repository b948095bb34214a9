// What a run reports, held against what a spoke takes.
import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { runBundle } from '../../../../src/agent/convergence/run-bundle.ts';
import { createHost } from '../../../../src/agent/host/host.ts';
import { MAX_RUN_RESULTS } from '../../../../src/fleet/run-bounds.ts';
import { BundleSchema } from '../../../../src/gen/vigo/v1/agent_pb.js';
import { systemClock } from '../../../../src/platform/clock.ts';
import type { ResourceType } from '../../../../src/resources/resource-type.ts';
import type { EnvoyEntry } from '../../../../src/server/spoke/envoy-index.ts';
import { acceptRun } from '../../../../src/server/spoke/runs/accept-run.ts';
import { owedInMemory } from '../../../support/owed.ts';

const { signal } = new AbortController();
const clock = systemClock;
/** Says what it is given. */
const talkative: ResourceType = {
  name: 'talkative',
  summary: '',
  attributes: {},
  identify: () => '',
  inspect: async ({ says }) => {
    throw new Error(String(says));
  },
  apply: async () => undefined,
};

describe('the report of a run', () => {
  const run = (count: number, says: string, id = 'crate/resource') => {
    const specJson = Buffer.from(JSON.stringify({ says }));
    const resources = Array.from({ length: count }, (_, n) => ({ id: `${id}-${n}`, type: 'talkative', specJson }));
    const bundle = create(BundleSchema, { resources });
    const held = { configVersion: 'v1', digest: new Uint8Array(), traitsDigest: new Uint8Array(), bundle };
    const host = createHost({ root: '/', blob: async () => undefined, signal, clock });
    const types = new Map([['talkative', talkative]]);
    return runBundle({ held, types, host, owed: owedInMemory(), clock, signal });
  };
  const entry = { id: 'x', hostname: 'web1' } as EnvoyEntry;
  /** Throws if a spoke would refuse it. */
  const accept = (report: Awaited<ReturnType<typeof run>>) => acceptRun(entry, report, clock.now() + 1_000);

  it('is taken by a spoke, whatever programs have said', async () => {
    for (const says of ['', 'x'.repeat(100_000), '\u{1f600}'.repeat(10_000), 'a\0b', '\ud800'.repeat(5_000)]) {
      const report = await run(1, says);
      expect(accept(report).row.failed).to.equal(1);
      expect(report.results).to.have.length(1);
    }
    expect((await run(1, 'a\0b')).results[0]?.message).to.equal('ab');
    expect(accept(await run(1, 'x', 'n'.repeat(2_000))).row.failed).to.equal(1);
  });

  it('is taken by a spoke, however many resources there are', async () => {
    for (const [count, says, id] of [
      [3_000, 'y'.repeat(4_000), 'crate/resource'],
      [MAX_RUN_RESULTS, 'x', 'crate/resource'],
      [MAX_RUN_RESULTS, 'x', 'n'.repeat(500)],
    ] as const) {
      const report = await run(count, says, id);
      const { row } = accept(report);
      expect(row.failed).to.equal(count);
      expect(row.results.length).to.be.lessThan(1024 * 1024);
      expect([0, count]).to.include(report.results.length);
    }
    const { error } = accept(await run(MAX_RUN_RESULTS + 1, 'x')).row;
    expect(error).to.equal('10001 resources: at most 10000 are run');
  });
});
