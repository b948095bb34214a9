import { setImmediate as turn } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import fc from 'fast-check';
import { ResourceOutcome, type Run, RunSchema } from '../../../src/gen/vigo/v1/types_pb.js';
import { silentLogger } from '../../../src/platform/logger.ts';
import { createRunRecorder } from '../../../src/server/spoke/runs/run-recorder.ts';
import type { RunRow } from '../../../src/server/store/run-repository.ts';
import { createKillSwitch } from '../../support/kill-switch.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { runId, runOf } from '../../support/runs.ts';
import { envoyRow, openSpokeParts, peerOf, type SpokeParts } from './fleet-memory.ts';

const TARGET = { spokeId: 'dc2', address: 'dc2.test:1530', identity: 'spiffe://test/spoke/dc2' };
const CHANGED = { ok: 2, changed: 1 };

describe('runs that agents report', () => {
  let parts: SpokeParts;
  beforeEach(async () => {
    parts = await openSpokeParts();
    await parts.custody.adopt([envoyRow('web1'), envoyRow('web2')]);
  });
  afterEach(() => parts.database.destroy());

  const now = () => parts.clock.now();
  const report = (n: number, more: Parameters<typeof runOf>[2] = {}, id = 'web1') =>
    parts.recorder.record(peerOf(id), runOf(n, now(), more));
  const stored = async (of: SpokeParts = parts) =>
    (await of.runs.list({ limit: 1_000 })).map(({ id }) => Number.parseInt(id.slice(-12), 16)).sort((a, b) => a - b);
  const release = (epoch = 2) =>
    parts.custody.release({ envoys: [{ id: 'web1', epoch }], target: TARGET, spreadMs: 0 });
  const verdict = (of: SpokeParts = parts, id = 'web1') => {
    const { verdict, drift, changedStreak, lastRunId } = of.index.get(id)!;
    return { verdict, drift, changedStreak, lastRunId };
  };

  /** So many more envoys; the n-th run is of one after the other. */
  const hosts = async (count: number) => {
    await parts.custody.adopt(Array.from({ length: count }, (_, i) => envoyRow(`host${i}`)));
    return (n: number) => `host${n % count}`;
  };

  /** A recorder whose transactions begin when the test says so; `batches` are the ids of each. */
  const gated = () => {
    const batches: string[][] = [];
    let open: (() => void) | undefined;
    const recorder = createRunRecorder({
      ...parts,
      repository: {
        async commit(rows, verdictsOf) {
          batches.push(rows.map(({ id }) => id));
          await new Promise<void>((resolve) => {
            open = resolve;
          });
          return parts.runs.commit(rows, verdictsOf);
        },
      },
      logger: silentLogger,
    });
    const answered = new Set<number>();
    return {
      batches,
      recorder,
      answered,
      /** Reports, and notes when it is answered. */
      send: (n: number, id = 'web1') => recorder.record(peerOf(id), runOf(n, now())).then(() => answered.add(n)),
      /** Lets the transaction that waits go on, and what follows from it settle. */
      async letGo() {
        for (let turns = 0; turns < 50 && !open; turns++) await turn();
        open?.();
        open = undefined;
        for (let turns = 0; turns < 5; turns++) await turn();
      },
    };
  };

  it('are on disk when they are answered, with the verdict, which a restart finds again', async () => {
    await report(1, CHANGED);
    await report(2, CHANGED);
    expect(await stored()).to.deep.equal([1, 2]);
    const expected = { verdict: 'relapsed', drift: 'changed', changedStreak: 2, lastRunId: runId(2) };
    expect(verdict()).to.deep.equal(expected);
    expect(verdict(await openSpokeParts(parts.database))).to.deep.equal(expected);
    expect(verdict(parts, 'web2')).to.include({ verdict: 'no_data', lastRunId: '' });
  });

  it('are answered only when their own transaction has ended', async () => {
    const { send, letGo, batches, answered } = gated();
    void send(1);
    await turn();
    await turn();
    void send(2);
    void send(3, 'web2');
    await turn();
    expect(batches, 'what comes while a transaction runs waits for the next').to.deep.equal([[runId(1)]]);
    expect([answered.size, verdict().lastRunId]).to.deep.equal([0, '']);
    await letGo();
    expect([...answered]).to.deep.equal([1]);
    expect(batches[1], 'and is committed together').to.deep.equal([runId(2), runId(3)]);
    await letGo();
    expect([...answered]).to.deep.equal([1, 2, 3]);
  });

  it('share a transaction, up to a bound', async () => {
    const { send, letGo, batches, answered } = gated();
    const host = await hosts(110);
    for (let n = 0; n < 1_100; n++) void send(n, host(n));
    for (let transactions = 0; transactions < 3; transactions++) await letGo();
    expect(batches.map((batch) => batch.length)).to.deep.equal([500, 500, 100]);
    expect(answered.size).to.equal(1_100);
    expect((await parts.runs.find(runId(1_099)))?.envoy_id).to.equal('host109');
  });

  it('are refused when too many wait, and taken again afterwards', async () => {
    const { send, letGo, recorder, answered } = gated();
    const host = await hosts(500);
    for (let n = 0; n < 5_000; n++) void send(n, host(n));
    expect(await codeOf(recorder.record(peerOf('web1'), runOf(5_000, now())))).to.equal('OVERLOADED');
    await letGo();
    void send(5_000);
    for (let transactions = 0; transactions < 10; transactions++) await letGo();
    expect(answered.size).to.equal(5_001);
  });

  it('of one envoy are refused when many of its own wait; others are not kept out', async () => {
    const { send, letGo, recorder, answered } = gated();
    for (let n = 0; n < 50; n++) void send(n);
    expect(await codeOf(recorder.record(peerOf('web1'), runOf(50, now())))).to.equal('OVERLOADED');
    void send(51, 'web2');
    await letGo();
    void send(50);
    await letGo();
    expect(answered.size).to.equal(52);
  });

  it('are not acknowledged, nor counted, when the disk does not take them', async () => {
    await report(1, CHANGED);
    const before = verdict();
    parts.failWrites(true);
    const codes = await Promise.all([codeOf(report(2, CHANGED)), codeOf(report(3, CHANGED, 'web2'))]);
    expect(codes).to.deep.equal(['INTERNAL', 'INTERNAL']);
    expect(verdict()).to.deep.equal(before);
    expect(verdict(parts, 'web2').verdict).to.equal('no_data');
    parts.failWrites(false);
    await Promise.all([report(2, CHANGED), report(3, CHANGED, 'web2')]);
    expect(await stored()).to.deep.equal([1, 2, 3]);
    expect(verdict()).to.include({ verdict: 'relapsed', changedStreak: 2 });
  });

  it('count once, however often and in whatever company they come', async () => {
    await Promise.all([report(1, CHANGED), report(1, CHANGED), report(2, CHANGED), report(1, CHANGED)]);
    expect(verdict()).to.include({ changedStreak: 2, lastRunId: runId(2) });
    await report(2, CHANGED);
    await report(1, CHANGED);
    await Promise.all([report(1), report(3, CHANGED)]);
    expect(verdict()).to.include({ verdict: 'diverged', changedStreak: 3, lastRunId: runId(3) });
    expect(await stored()).to.deep.equal([1, 2, 3]);
    await report(3, CHANGED, 'web2');
    expect(verdict(parts, 'web2').verdict, 'the id belongs to another run').to.equal('no_data');
  });

  it('that the verdict knows already when the envoy arrives are acknowledged and change nothing', async () => {
    const moved = { epoch: 2, status: 'relapsed', drift: 'changed', changed_streak: 2, last_run_id: runId(7) };
    await parts.custody.adopt([envoyRow('web1', moved)]);
    await report(7, CHANGED);
    expect(verdict()).to.include({ verdict: 'relapsed', changedStreak: 2 });
    expect(await stored()).to.deep.equal([]);
    await report(8, CHANGED);
    expect(verdict()).to.include({ verdict: 'diverged', changedStreak: 3 });
  });

  it('that are older than the last one are stored, and count in the order of their arrival', async () => {
    await report(9, CHANGED);
    await parts.recorder.record(peerOf('web1'), runOf(3, now() - 3_600_000, { ok: 1, failed: 1 }));
    expect(verdict()).to.include({ verdict: 'degraded', lastRunId: runId(3) });
    expect((await parts.runs.list({ limit: 9 })).map(({ id }) => id)).to.deep.equal([runId(9), runId(3)]);
  });

  it('come back with their results', async () => {
    const results = [
      { resource: 'motd/motd', type: 'file', outcome: ResourceOutcome.CHANGED, message: 'content', durationMs: 3 },
      { resource: 'ntp/chrony', type: 'service', outcome: ResourceOutcome.FAILED, message: 'no unit', durationMs: 9 },
    ];
    await report(1, { ok: 0, changed: 1, failed: 1, results });
    const row = (await parts.runs.find(runId(1)))!;
    expect(row).to.include({ changed: 1, failed: 1, received_at: now(), config_version: 'c0ffee', duration_ms: 1_500 });
    expect(row.results.length).to.be.above(0);
  });

  describe('are only taken from envoys that are served here:', () => {
    it('not from those that nobody knows, have another key, have moved or were revoked', async () => {
      expect(await codeOf(report(1, {}, 'web9'))).to.equal('IDENTITY_UNKNOWN');
      const impostor = { ...peerOf('web2'), envoyId: 'web1' };
      expect(await codeOf(parts.recorder.record(impostor, runOf(1, now())))).to.equal('IDENTITY_REVOKED');
      await release();
      expect(await codeOf(report(1))).to.equal('NOT_SERVED_HERE');
      await parts.custody.revoke(['web1']);
      expect(await codeOf(report(1))).to.equal('IDENTITY_REVOKED');
      expect(await stored()).to.deep.equal([]);
    });

    it('an envoy that goes while its run waits takes the run to its new owner', async () => {
      const { send, letGo, batches } = gated();
      void send(1, 'web2');
      await turn();
      const late = codeOf(send(2));
      const gone = release();
      await letGo();
      await gone;
      await letGo();
      expect(await late).to.equal('NOT_SERVED_HERE');
      expect(batches.flat()).to.deep.equal([runId(1)]);
      expect(await stored()).to.deep.equal([1]);
    });

    it('a run is counted for the envoy as it is when it is written, not as it was when it came', async () => {
      const { send, letGo } = gated();
      void send(1, 'web2');
      await turn();
      const late = send(2);
      const arrived = parts.custody.adopt([envoyRow('web1', { epoch: 5, status: 'failed', last_run_id: runId(99) })]);
      await letGo();
      await arrived;
      await letGo();
      await late;
      expect(parts.index.get('web1')).to.include({ epoch: 5, verdict: 'converged', lastRunId: runId(2) });
      expect(verdict(await openSpokeParts(parts.database))).to.deep.equal(verdict());
    });
  });

  it('that wait are counted before a record is handed on', async () => {
    const waiting = Promise.all([report(1, CHANGED), report(2, CHANGED)]);
    const [record] = await parts.custody.records(['web1']);
    expect(record?.entry).to.include({ verdict: 'relapsed', changedStreak: 2, lastRunId: runId(2) });
    await waiting;
  });

  describe('are held back while the record is on its way to another owner:', () => {
    const handOver = async () => ({ ...(await parts.custody.handOver(['web1']))[0]!.entry });

    it('what waits is counted, what comes later goes to the new owner', async () => {
      const waiting = Promise.all([report(1, CHANGED), report(2, CHANGED)]);
      const handedOn = handOver();
      expect(await codeOf(report(3, CHANGED)), 'also before the record is read').to.equal('OVERLOADED');
      expect(await handedOn).to.include({ changedStreak: 2, lastRunId: runId(2) });
      await waiting;
      await report(2, CHANGED);
      await report(1, {}, 'web2');
      await release();
      expect(await codeOf(report(3))).to.equal('NOT_SERVED_HERE');
      expect(await stored()).to.deep.equal([1, 2]);
    });

    it('until it is adopted anew, or half a minute has passed', async () => {
      await handOver();
      await parts.custody.adopt([envoyRow('web1', { epoch: 2 })]);
      await report(1);
      await handOver();
      await parts.clock.advance(29_999);
      expect(await codeOf(report(2))).to.equal('OVERLOADED');
      await handOver();
      await parts.clock.advance(29_999);
      expect(await codeOf(report(2))).to.equal('OVERLOADED');
      await parts.clock.advance(1);
      await report(2);
      expect(await stored()).to.deep.equal([1, 2]);
    });

    it('not when somebody only looks at it, and not by an envoy that is not there', async () => {
      await parts.custody.records(['web1']);
      expect(await parts.custody.handOver(['web9'])).to.deep.equal([]);
      await report(1);
      expect(await stored()).to.deep.equal([1]);
    });
  });

  it('count also if the record is handed over once more, unless the new owner has gone on counting', async () => {
    const row = (n: number) =>
      envoyRow('web1', { epoch: 2, status: 'converged', changed_streak: n, last_run_id: runId(n) });
    await parts.custody.adopt([row(1)]);
    expect((await parts.custody.adopt([row(2)])).adopted).to.deep.equal(['web1']);
    expect(verdict()).to.include({ changedStreak: 2, lastRunId: runId(2) });
    // From a hub whose source did not answer: it knows less than what is here.
    await parts.custody.adopt([envoyRow('web1', { epoch: 2 })]);
    expect(verdict()).to.include({ changedStreak: 2, lastRunId: runId(2) });
    expect(verdict(await openSpokeParts(parts.database))).to.deep.equal(verdict());
    await report(5, CHANGED);
    expect((await parts.custody.adopt([row(3)])).adopted).to.deep.equal(['web1']);
    expect(verdict()).to.include({ verdict: 'diverged', changedStreak: 3, lastRunId: runId(5) });
    expect(verdict(await openSpokeParts(parts.database))).to.deep.equal(verdict());
  });

  it('are answered, and no more are taken, when the server stops', async () => {
    const waiting = report(1);
    await parts.recorder.close();
    await waiting;
    expect(await codeOf(report(2))).to.equal('STOPPING');
    await report(1);
    expect(await stored()).to.deep.equal([1]);
  });

  it('are there after a crash at whatever step if they were acknowledged, and verdicts fit to what is there', async () => {
    for (let step = 1; step <= 8; step++) {
      const life = createKillSwitch();
      const own = await openSpokeParts();
      await own.custody.adopt([envoyRow('web1'), envoyRow('web2')]);
      const process = await openSpokeParts(life.database(own.database));
      const acknowledged: number[] = [];
      life.killAtStep(step);
      const send = (n: number) =>
        process.recorder
          .record(peerOf(n % 2 ? 'web1' : 'web2'), runOf(n, now(), CHANGED))
          .then(() => !life.dead && acknowledged.push(n))
          .catch(() => undefined);
      await Promise.all([1, 2, 3].map(send));
      await Promise.all([4, 5, 6].map(send));
      const restarted = await openSpokeParts(own.database);
      const there = await stored(restarted);
      expect(there, `killed at step ${step}`).to.include.members(acknowledged);
      for (const [id, odd] of [
        ['web1', 1],
        ['web2', 0],
      ] as const) {
        const counted = there.filter((n) => n % 2 === odd);
        const { changedStreak, lastRunId } = verdict(restarted, id);
        expect(changedStreak).to.equal(counted.length);
        expect(lastRunId).to.equal(counted.length > 0 ? runId(counted.at(-1)!) : '');
      }
      await own.database.destroy();
    }
  });

  it('are each stored once, and verdicts are in memory as on disk, whatever happens at once', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ type: fc.constant('report' as const), n: fc.integer({ min: 1, max: 12 }) }) },
      { weight: 1, arbitrary: fc.constant({ type: 'release' as const, n: 0 }) },
      { weight: 1, arbitrary: fc.constant({ type: 'adopt' as const, n: 0 }) },
      { weight: 1, arbitrary: fc.constant({ type: 'wait' as const, n: 0 }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const own = await openSpokeParts();
        const acknowledged = new Set<number>();
        const running: Promise<unknown>[] = [];
        for (const [i, { type, n }] of [{ type: 'adopt' as const, n: 0 }, ...steps].entries()) {
          if (type === 'wait') await turn();
          else if (type === 'adopt') running.push(own.custody.adopt([envoyRow('web1', { epoch: i + 1 })]));
          else if (type === 'release') {
            running.push(own.custody.release({ envoys: [{ id: 'web1', epoch: i + 1 }], target: TARGET, spreadMs: 0 }));
          } else {
            const sent = own.recorder.record(peerOf('web1'), runOf(n, own.clock.now(), CHANGED));
            running.push(sent.then(() => acknowledged.add(n)).catch(() => undefined));
          }
        }
        await Promise.all(running);
        expect(await stored(own)).to.include.members([...acknowledged]);
        const restarted = await openSpokeParts(own.database);
        expect(restarted.index.size).to.equal(own.index.size);
        if (own.index.size > 0) expect(verdict(restarted)).to.deep.equal(verdict(own));
        await own.database.destroy();
      }),
      { numRuns: 25 },
    );
  });

  describe('with bounds:', () => {
    const results = (count: number, message = '') =>
      Array.from({ length: count }, (_, i) => ({
        resource: `c/r${i}`,
        type: 'file',
        outcome: ResourceOutcome.OK,
        message,
      }));
    const kib = (n: number, character = 'x') => character.repeat(n * 1024);
    const refused: [what: string, run: Run | undefined][] = [
      ['none', undefined],
      ['an id that is no UUID', runOf(1, 0, { id: 'run-1' })],
      ['an id in capitals', runOf(1, 0, { id: runId(10).toUpperCase() })],
      ['counts that are not those of its results', runOf(1, 0, { ok: 3, results: results(2) })],
      ['outcomes that nobody knows', runOf(1, 0, { ok: 1, results: [{ ...results(1)[0]!, outcome: 9 as never }] })],
      ['an outcome that is not set', runOf(1, 0, { ok: 0, results: [{ resource: 'a/b' }] })],
      ['too many results', runOf(1, 0, { ok: 10_001, results: results(10_001) })],
      ['counts beyond all reason', runOf(1, 0, { ok: 4_000_000_000, changed: 4_000_000_000 })],
      ['a message that is too long', runOf(1, 0, { ok: 1, results: results(1, kib(4, 'ä')) })],
      ['an error that is too long', runOf(1, 0, { error: `${kib(4)}x` })],
      ['an error with a NUL', runOf(1, 0, { error: 'a\0b' })],
      ['a version that is too long', runOf(1, 0, { configVersion: 'f'.repeat(129) })],
      ['a name that is too long', runOf(1, 0, { ok: 1, results: [{ ...results(1)[0]!, resource: kib(1) }] })],
    ];
    for (const [what, run] of refused) {
      it(`a run with ${what} is refused, and changes nothing`, async () => {
        expect(await codeOf(parts.recorder.record(peerOf('web1'), run))).to.equal('INVALID_ARGUMENT');
        expect([await stored(), verdict().verdict]).to.deep.equal([[], 'no_data']);
      });
    }

    it('what is just within them is taken', async () => {
      await report(1, { ok: 10_000, results: results(10_000) });
      await report(2, { ok: 1, results: results(1, kib(4)), error: kib(4) });
      await report(3, { ok: 0, results: [] });
      expect(await stored()).to.deep.equal([1, 2, 3]);
    });
  });

  describe('of a machine whose clock is wrong', () => {
    const startOf = async (startedAt: number | undefined): Promise<number> => {
      const run = create(RunSchema, {
        ...runOf(1, 0),
        startedAt: startedAt === undefined ? undefined : timestampFromMs(startedAt),
      } as never);
      await parts.recorder.record(peerOf('web1'), run);
      return ((await parts.runs.find(runId(1))) as RunRow).started_at;
    };

    it('are dated by their arrival if they would come from the future, or from before there were any', async () => {
      await parts.clock.advance(1_000);
      for (const [n, at] of [now() + 1, now() + 10 ** 12, 0, Date.UTC(1999, 0, 1), undefined].entries()) {
        await parts.database.deleteFrom('runs').execute();
        parts.index.get('web1')!.lastRunId = '';
        expect(await startOf(at), `case ${n}`).to.equal(now());
      }
    });

    it('keep their own time otherwise', async () => {
      expect(await startOf(now() - 40 * 24 * 3_600_000)).to.equal(now() - 40 * 24 * 3_600_000);
    });
  });
});
