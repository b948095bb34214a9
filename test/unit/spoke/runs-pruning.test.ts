import { expect } from 'chai';
import { silentLogger } from '../../../src/platform/logger.ts';
import { createRunPruner, type RunPruner } from '../../../src/server/spoke/runs/run-pruner.ts';
import { runRow } from '../../support/runs.ts';
import { openSpokeParts, type SpokeParts } from './fleet-memory.ts';

const HOUR = 3_600_000;
const ROUND = 11 * 60_000;

describe('the pruning of runs', () => {
  let parts: SpokeParts;
  let pruner: RunPruner;
  let failing: boolean;
  let parallel: number;
  beforeEach(async () => {
    parts = await openSpokeParts();
    failing = false;
    parallel = 0;
    pruner = createRunPruner({
      repository: {
        async prune(...args) {
          if (failing) throw new Error('disk full');
          if (++parallel > 1) throw new Error('two at a time');
          const part = await parts.runs.prune(...args);
          parallel--;
          return part;
        },
      },
      retention: { maxAgeMs: 24 * HOUR, maxPerEnvoy: 3 },
      clock: parts.clock,
      logger: silentLogger,
    });
  });
  afterEach(async () => {
    await pruner.close();
    await parts.database.destroy();
  });

  let next = 0;
  const store = (envoyId: string, ages: readonly number[]) =>
    parts.runs.commit(
      ages.map((age) => runRow(++next, envoyId, parts.clock.now() - age)),
      () => [],
    );
  const ages = async (envoyId: string) =>
    (await parts.runs.list({ envoyId, limit: 1_000 })).map((run) => (parts.clock.now() - run.started_at) / HOUR);

  it('goes on by itself, round after round, and leaves the newest of each', async () => {
    await store(
      'web1',
      [0, 1, 2, 3, 4].map((age) => age * HOUR),
    );
    await store('web2', [23 * HOUR, 30 * HOUR]);
    await store('gone', [90 * HOUR, 91 * HOUR]);
    pruner.start();
    await parts.clock.advance(ROUND);
    const passed = ROUND / HOUR;
    expect(await ages('web1')).to.deep.equal([0, 1, 2].map((age) => age + passed));
    expect(await ages('web2')).to.deep.equal([23 + passed]);
    expect(await ages('gone')).to.deep.equal([90 + passed]);
    await parts.clock.advance(22 * HOUR);
    expect(await ages('web1')).to.have.length(2);
    await parts.clock.advance(30 * HOUR);
    expect(await ages('web1')).to.have.length(1);
    expect(await ages('web2')).to.have.length(1);
  });

  it('comes to an end with more envoys and more runs than one part has', async () => {
    for (let i = 0; i < 120; i++) await store(`web${i}`, [1, 2, 3, 4, 5]);
    await store(
      'busy',
      Array.from({ length: 1_300 }, (_, i) => i),
    );
    pruner.start();
    await parts.clock.advance(ROUND);
    expect(await ages('busy')).to.have.length(3);
    expect(await parts.runs.list({ limit: 1_000 })).to.have.length(121 * 3);
  });

  it('is tried again when the disk has failed', async () => {
    await store('web1', [1, 2, 3, 4]);
    failing = true;
    pruner.start();
    await parts.clock.advance(ROUND);
    expect(await ages('web1')).to.have.length(4);
    failing = false;
    await parts.clock.advance(ROUND);
    expect(await ages('web1')).to.have.length(3);
  });

  it('stops when the server does', async () => {
    await store('web1', [1, 2, 3, 4]);
    pruner.start();
    await pruner.close();
    await parts.clock.advance(ROUND);
    expect(await ages('web1')).to.have.length(4);
    expect(parts.clock.pending()).to.equal(0);
  });
});
