// `agent status` about convergence: what is on disk, whatever state that is in.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { readConvergenceStatus } from '../../../src/agent/convergence-status.ts';
import { openBundleStore } from '../../../src/agent/policy/bundle-store.ts';
import { writeLastRun } from '../../../src/agent/runs/last-run.ts';
import { openRunQueue } from '../../../src/agent/runs/run-queue.ts';
import { type StateDir, stateDirAt } from '../../../src/agent/state-dir.ts';
import { BundleSchema } from '../../../src/gen/vigo/v1/agent_pb.js';
import { silentLogger } from '../../../src/platform/logger.ts';
import { runId, runOf } from '../../support/runs.ts';

const AT = Date.UTC(2026, 0, 1);
const NOTHING = {
  bundle: null,
  lastRun: null,
  waitingRuns: { count: 0, oldestAt: null },
  refusedRuns: 0,
  damaged: [],
};

describe('what an agent says about its convergence', () => {
  let dir: StateDir;
  beforeEach(async () => {
    dir = stateDirAt(await mkdtemp(join(tmpdir(), 'vigo-status-')));
  });
  afterEach(() => rm(dir.path, { recursive: true }));

  it('is nothing on a machine that has not converged yet, or has no state directory', async () => {
    expect(await readConvergenceStatus(dir)).to.deep.equal(NOTHING);
    expect(await readConvergenceStatus(stateDirAt(join(dir.path, 'nowhere')))).to.deep.equal(NOTHING);
  });

  it('is the bundle, the last run, runs that wait and runs set aside, while another holds the directory', async () => {
    const bundle = create(BundleSchema, { resources: [{ id: 'a/x' }, { id: 'a/y' }] });
    const digest = createHash('sha256').update(toBinary(BundleSchema, bundle)).digest();
    const store = await openBundleStore(dir.path, silentLogger);
    await store.replace({ configVersion: 'c0ffee', digest, traitsDigest: new Uint8Array(), bundle });
    const queue = await openRunQueue(dir.path, silentLogger);
    for (const n of [1, 2, 3]) await queue.add(runOf(n, AT + n * 60_000));
    await queue.setAside((await queue.first())?.name ?? '');
    const last = runOf(3, AT + 180_000, { changed: 1, failed: 1, skipped: 2 });
    await writeLastRun(dir, last, silentLogger);
    expect(await readConvergenceStatus(dir)).to.deep.equal({
      bundle: { configVersion: 'c0ffee', resources: 2, error: null },
      lastRun: {
        id: runId(3),
        startedAt: '2026-01-01T00:03:00.000Z',
        durationMs: 1_500,
        configVersion: 'c0ffee',
        outcome: 'degraded',
        ok: 3,
        changed: 1,
        failed: 1,
        skipped: 2,
        error: null,
      },
      waitingRuns: { count: 2, oldestAt: '2026-01-01T00:02:00.000Z' },
      refusedRuns: 1,
      damaged: [],
    });
  });

  it('names what is damaged, and shows the rest', async () => {
    const queue = await openRunQueue(dir.path, silentLogger);
    for (const n of [1, 2]) await queue.add(runOf(n, AT + n * 60_000));
    await writeFile(join(dir.runs, `000000000001-${runId(1)}.run`), 'half a ru');
    await writeFile(dir.bundle, '{"configVersion":"c0ffee","dig');
    await writeFile(dir.lastRun, '{}');
    const { damaged, ...rest } = await readConvergenceStatus(dir);
    expect({ ...rest, damaged: [] }).to.deep.equal({
      ...NOTHING,
      waitingRuns: { count: 2, oldestAt: '2026-01-01T00:02:00.000Z' },
    });
    expect(damaged.map((what) => what.slice(dir.path.length + 1).split(':')[0])).to.deep.equal([
      'bundle.json',
      'last-run.json',
      `runs/000000000001-${runId(1)}.run`,
    ]);
  });

  it('does not mind a folder where a file should be, or a file in place of a folder', async () => {
    for (const path of [dir.bundle, dir.lastRun]) await mkdir(path);
    await writeFile(dir.runs, '');
    const { damaged, ...rest } = await readConvergenceStatus(dir);
    expect(rest.waitingRuns.count).to.equal(0);
    expect(damaged).to.have.length(4);
  });
});
