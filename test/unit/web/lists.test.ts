// Lists that are put together from what the hub sends: pages, traits, results, differences, history.
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { FleetHistoryPointSchema, ListEnvoysResponseSchema, MoveReason } from '../../../src/gen/vigo/v1/admin_pb.js';
import { ResourceOutcome, ResourceResultSchema } from '../../../src/gen/vigo/v1/types_pb.js';
import { STATUS_PARTS } from '../../../web/src/lib/compliance.ts';
import { diffLines } from '../../../web/src/lib/diff-lines.ts';
import { flattenTraits, searchTraits } from '../../../web/src/lib/flatten-traits.ts';
import { mergeEnvoyPages } from '../../../web/src/lib/merge-envoy-pages.ts';
import { moveTitle, orderText, outcomeText, plannedCount } from '../../../web/src/lib/move-text.ts';
import { failuresFirst, runOutcome } from '../../../web/src/lib/run-outcome.ts';
import { stackHistory } from '../../../web/src/lib/stack-history.ts';
import { changesText } from '../../../web/src/lib/version-text.ts';

describe('pages of envoys', () => {
  const page = (ids: string[], complete: boolean, total: number, spokes: string[] = []) =>
    create(ListEnvoysResponseSchema, {
      envoys: ids.map((id) => ({ id })),
      complete,
      total,
      warnings: spokes.map((spoke) => ({ spoke, code: 'unavailable' })),
    });

  it('become one list that shows each envoy once, with the newest total', () => {
    const list = mergeEnvoyPages([page(['a', 'b'], true, 3), page(['b', 'c'], true, 4)]);
    expect(list.envoys.map(({ id }) => id)).to.deep.equal(['a', 'b', 'c']);
    expect(list).to.deep.include({ total: 4, complete: true });
  });

  it('are incomplete if one is, and name each silent spoke once', () => {
    const list = mergeEnvoyPages([page(['a'], false, 2, ['dc1']), page(['b'], true, 2, ['dc1', 'dc2'])]);
    expect(list.complete).to.equal(false);
    expect(list.warnings.map(({ spoke }) => spoke)).to.deep.equal(['dc1', 'dc2']);
  });

  it('are nothing when there are none', () => {
    expect(mergeEnvoyPages([])).to.deep.include({ total: 0, envoys: [] });
  });
});

describe('traits', () => {
  const traits = flattenTraits({
    os: { name: 'Debian', versions: [] },
    addresses: ['10.0.0.1', 'fd00::1'],
    disks: [{ name: 'sda' }],
    cores: 8,
    swap: null,
  });

  it('become rows by name', () => {
    expect(traits.map(({ name, value }) => `${name}=${value}`)).to.deep.equal([
      'addresses=10.0.0.1, fd00::1',
      'cores=8',
      'disks.0.name=sda',
      'os.name=Debian',
      'os.versions=',
      'swap=null',
    ]);
  });

  it('are found by name and by value', () => {
    expect(searchTraits(traits, 'OS.').map(({ name }) => name)).to.deep.equal(['os.name', 'os.versions']);
    expect(searchTraits(traits, 'fd00')).to.have.length(1);
  });
});

describe('runs', () => {
  it('have failed if anything has', () => {
    expect(runOutcome({ error: 'no bundle', failed: 0, changed: 0 })).to.equal('failed');
    expect(runOutcome({ error: '', failed: 1, changed: 4 })).to.equal('failed');
    expect(runOutcome({ error: '', failed: 0, changed: 4 })).to.equal('changed');
    expect(runOutcome({ error: '', failed: 0, changed: 0 })).to.equal('ok');
  });

  it('show what went wrong first, otherwise in their order', () => {
    const { OK, FAILED, SKIPPED, CHANGED } = ResourceOutcome;
    const results = [OK, SKIPPED, FAILED, OK, CHANGED, FAILED].map((outcome, i) =>
      create(ResourceResultSchema, { resource: String(i), outcome }),
    );
    expect(failuresFirst(results).map(({ resource }) => resource)).to.deep.equal(['2', '5', '4', '1', '0', '3']);
  });
});

describe('differences', () => {
  it('keep the numbers of both sides', () => {
    const lines = diffLines('@@ -3,2 +3,3 @@ resources:\n same\n-old\n+new\n+\n\\ No newline at end of file\n');
    expect(lines.map(({ kind, before, after }) => [kind, before, after])).to.deep.equal([
      ['hunk', undefined, undefined],
      ['same', 3, 3],
      ['removed', 4, undefined],
      ['added', undefined, 4],
      ['added', undefined, 5],
      ['note', undefined, undefined],
    ]);
  });

  it('do not take the content of a removed line for a header', () => {
    expect(diffLines('@@ -1 +0,0 @@\n--- a\n').at(-1)).to.deep.include({ kind: 'removed', text: '-- a' });
  });

  it('are counted by what happened to the files', () => {
    expect(changesText({ filesChanged: 3, added: ['a'], changed: ['b', 'c'], removed: [] })).to.equal(
      '3 files: 1 added, 2 changed',
    );
    expect(changesText({ filesChanged: 300, added: ['a'], changed: [], removed: [] })).to.equal('300 files changed');
  });
});

describe('moves', () => {
  const plan = [
    { from: 'dc1', to: 'dc2', envoys: 80 },
    { from: 'dc1', to: 'dc3', envoys: 40 },
  ].map((leg) => ({ ...leg, $typeName: 'vigo.v1.MoveLeg' as const }));

  it('say what a button would do', () => {
    expect(plannedCount({ plan })).to.equal(120);
    expect(orderText({ plan: plan.slice(0, 1), reason: MoveReason.DRAIN })).to.equal('Drain dc1: 80 envoys to dc2');
    expect(orderText({ plan: plan.slice(0, 1), reason: MoveReason.REASSIGN })).to.equal('Reassign 80 envoys to dc2');
    expect(orderText({ plan, reason: MoveReason.REBALANCE })).to.equal('Rebalance: send 120 envoys home');
    expect(moveTitle({ plan, reason: MoveReason.FAILOVER })).to.equal('Fail over dc1');
  });

  it('say what came of them', () => {
    expect(outcomeText({ matched: 1500, moved: 1200, skippedCount: 3, failedCount: 0 })).to.equal(
      '1,200 of 1,500 moved, 3 skipped',
    );
    expect(outcomeText({ matched: 0, moved: 0, skippedCount: 0, failedCount: 0 })).to.equal('nothing to move');
  });
});

describe('history', () => {
  const point = (seconds: number, converged: number, failed: number) =>
    create(FleetHistoryPointSchema, { at: timestampFromMs(seconds * 1000), compliance: { converged, failed } });

  it('is stacked, without statuses that never occur', () => {
    const { parts, times, tops } = stackHistory([point(0, 9, 1), point(60, 8, 2)]);
    expect(parts.map(({ word }) => word)).to.deep.equal(['converged', 'failed']);
    expect(times).to.deep.equal([0, 60]);
    expect(tops).to.deep.equal([
      [9, 8],
      [10, 10],
    ]);
  });

  it('has a gap where nothing was noted', () => {
    const { times, counts } = stackHistory([0, 60, 120, 600, 660].map((seconds) => point(seconds, 1, 0)));
    expect(times).to.deep.equal([0, 60, 120, 360, 600, 660]);
    expect(counts[0]).to.deep.equal([1, 1, 1, null, 1, 1]);
  });

  it('shows an empty line rather than nothing when all is well', () => {
    const { parts, tops } = stackHistory([point(0, 9, 0), point(60, 9, 0)], STATUS_PARTS.slice(1));
    expect(parts).to.have.length(1);
    expect(tops).to.deep.equal([[0, 0]]);
  });
});
