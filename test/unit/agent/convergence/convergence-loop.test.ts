import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { ServerBusyError } from '../../../../src/agent/agent-link.ts';
import { type ConvergenceOptions, createConvergence } from '../../../../src/agent/convergence/convergence-loop.ts';
import { createHost } from '../../../../src/agent/host/host.ts';
import { openBundleStore } from '../../../../src/agent/policy/bundle-store.ts';
import { openOwedTriggers } from '../../../../src/agent/runs/owed-triggers.ts';
import { openRunQueue } from '../../../../src/agent/runs/run-queue.ts';
import { type ErrorCode, VigoError } from '../../../../src/fleet/errors.ts';
import { BundleSchema, GetBundleResponseSchema } from '../../../../src/gen/vigo/v1/agent_pb.js';
import { RunSchema } from '../../../../src/gen/vigo/v1/types_pb.js';
import { type Logger, silentLogger } from '../../../../src/platform/logger.ts';
import { RESOURCE_TYPES } from '../../../../src/resources/index.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { runId, runOf } from '../../../support/runs.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { endpoint } from '../fake-link.ts';

const INTERVAL_MS = 60_000;
const traits = { json: new Uint8Array([0x7b, 0x7d]), digest: new Uint8Array([1]) };
const sha = (content: string) => createHash('sha256').update(content).digest();

describe('an agent that converges', () => {
  let dir: string;
  let stop: AbortController;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-agent-'));
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await rm(dir, { recursive: true, force: true });
  });

  /** A server that can be away, and what it has been told. */
  async function start(logger: Logger = silentLogger) {
    const clock = createFakeClock();
    const server = {
      up: true,
      busy: false,
      version: 'v1',
      content: 'one',
      delivered: [] as string[],
      asked: 0,
      refuse: '',
      refusal: 'INVALID_ARGUMENT' as ErrorCode,
      calls: 0,
    };
    const need = () => {
      server.calls++;
      if (server.busy) throw new ServerBusyError('too many calls', 1_000);
      if (!server.up) throw new VigoError('UNREACHABLE', 'cannot reach dc1');
    };
    const link: ConvergenceOptions['link'] = {
      async getBundle(_at, { haveDigest }) {
        need();
        server.asked++;
        const files = [{ sha256: sha(server.content), size: server.content.length }];
        const spec = { target_path: '/file', content_sha256: sha(server.content).toString('hex') };
        const resource = { id: 'a/file', type: 'file', specJson: Buffer.from(JSON.stringify(spec)) };
        const bundle = create(BundleSchema, { resources: [resource], files });
        const digest = createHash('sha256').update(toBinary(BundleSchema, bundle)).digest();
        const known = digest.equals(haveDigest ?? new Uint8Array());
        return create(GetBundleResponseSchema, { configVersion: server.version, digest, ...(known ? {} : { bundle }) });
      },
      async *fetchFile() {
        need();
        yield Buffer.from(server.content);
      },
      async reportRun(_at, { run }) {
        need();
        if (run?.id && run.id === server.refuse) throw new VigoError(server.refusal, 'this run is nonsense');
        server.delivered.push(run?.id ?? '');
      },
    };
    const { signal } = stop;
    const open = async () => {
      const store = await openBundleStore(dir, logger);
      const queue = await openRunQueue(dir, logger);
      const host = createHost({ root: dir, blob: store.blob, signal, clock });
      const convergence = createConvergence({
        link,
        store,
        queue,
        owed: openOwedTriggers(join(dir, 'owed.json'), logger),
        host,
        types: RESOURCE_TYPES,
        remember: async () => undefined,
        clock,
        logger,
        signal,
      });
      const served = (noChange: boolean) =>
        convergence.served({ at: endpoint('dc1'), epoch: 1, noChange, nextAfterMs: INTERVAL_MS, traits });
      return { store, queue, convergence, served };
    };
    return { clock, server, open, ...(await open()) };
  }

  it('leaves a busy server alone until its next check-in, for the bundle and for the runs', async () => {
    const { clock, server, served, convergence, store, queue } = await start();
    await served(false);
    await convergence.runOnce();
    await convergence.runOnce();
    Object.assign(server, { busy: true, version: 'v2', content: 'two', calls: 0 });
    await served(false);
    // Once for the bundle, once for the first of the runs.
    expect(server.calls).to.equal(2);
    await clock.advance(10 * INTERVAL_MS);
    expect(server.calls).to.equal(2);
    expect(queue.size).to.equal(2);
    server.busy = false;
    await served(false);
    expect(store.current?.configVersion).to.equal('v2');
    expect(server.delivered).to.have.length(2);
    expect(queue.size).to.equal(0);
  });

  it('fetches a bundle when there is another, with its files, and not otherwise', async () => {
    const { server, served, convergence, store } = await start();
    await served(true);
    expect([server.asked, convergence.configVersion]).to.deep.equal([0, '']);
    await served(false);
    expect([server.asked, convergence.configVersion]).to.deep.equal([1, 'v1']);
    expect(await store.blob(sha('one').toString('hex'))).to.be.a('string');
    await served(true);
    expect(server.asked).to.equal(1);
    Object.assign(server, { version: 'v2', content: 'two' });
    await served(false);
    // A run that has begun may still need it.
    expect(await store.blob(sha('one').toString('hex'))).to.be.a('string');
    expect((await convergence.runOnce())?.configVersion).to.equal('v2');
    expect(await store.keep(sha('one').toString('hex'), 3)).to.equal(false);
  });

  it('keeps the bundle that it has when the next one cannot be had whole', async () => {
    const { server, served, convergence, open } = await start();
    await served(false);
    Object.assign(server, { version: 'v2', content: 'two' });
    server.content = 'two';
    server.up = false;
    await served(false);
    expect(convergence.configVersion).to.equal('v1');
    // The same after a restart, from disk.
    expect((await open()).convergence.configVersion).to.equal('v1');
    await writeFile(join(dir, 'bundle.json'), 'half a fi');
    expect((await open()).convergence.configVersion).to.equal('');
  });

  it('goes on without its server, and delivers each run once and in order when it is back', async () => {
    const { server, served, convergence, clock, queue } = await start();
    await served(false);
    server.up = false;
    const looping = convergence.loop();
    for (let runs = 1; runs <= 10; runs++) {
      await clock.advance(runs === 1 ? 10_000 : INTERVAL_MS);
      await waitFor(
        `run ${runs} is kept, and the next one waited for`,
        () => queue.size === runs && clock.pending() > 0,
      );
    }
    expect(server.delivered).to.deep.equal([]);
    const kept = (await readdir(join(dir, 'runs'))).filter((name) => name.endsWith('.run')).sort();
    server.up = true;
    await served(true);
    expect(server.delivered).to.deep.equal(kept.map((name) => name.slice(13, 49)));
    expect(server.delivered).to.have.length(10);
    expect(queue.size).to.equal(0);
    stop.abort(new Error('stopped'));
    await looping;
  });

  it('delivers after a restart what waited before it, and sets aside what no server will ever take', async () => {
    const { server, served, convergence, open } = await start();
    await served(false);
    server.up = false;
    const first = await convergence.runOnce();
    await convergence.runOnce();
    const third = await convergence.runOnce();
    server.up = true;
    server.refuse = first?.id ?? '';
    await writeFile(join(dir, 'runs', `000000000002-${runId(1)}.run.tmp`), 'half');
    const again = await open();
    expect(again.queue.size).to.equal(3);
    await again.served(true);
    expect(server.delivered).to.have.length(2);
    expect(server.delivered.at(-1)).to.equal(third?.id);
    expect(await readdir(join(dir, 'runs', 'rejected'))).to.have.length(1);
  });

  it('does not let a run that is too large for its server hold up those behind it', async () => {
    const { server, served, convergence, queue } = await start();
    await served(false);
    server.up = false;
    const first = await convergence.runOnce();
    await convergence.runOnce();
    Object.assign(server, { up: true, refuse: first?.id ?? '', refusal: 'MESSAGE_TOO_LARGE' });
    await served(true);
    expect([server.delivered.length, queue.size]).to.deep.equal([1, 0]);
  });

  it('fetches a file anew that is damaged on its disk, and never writes it anywhere', async () => {
    const { served, convergence, store, open } = await start();
    await served(false);
    const blob = join(dir, 'blobs', sha('one').toString('hex'));
    await writeFile(blob, 'eno');
    expect((await convergence.runOnce())?.failed).to.equal(1);
    expect(await readdir(dir)).to.not.include('file');
    expect(store.complete).to.equal(false);
    await served(true);
    expect((await convergence.runOnce())?.changed).to.equal(1);
    // Gone altogether, while no agent was there.
    await rm(blob);
    const again = await open();
    expect(again.store.complete).to.equal(false);
    await again.served(true);
    expect(await again.store.blob(sha('one').toString('hex'))).to.equal(blob);
  });

  it('keeps the order in which runs happened when its clock is set back', async () => {
    const { server, served, convergence, clock, queue } = await start();
    await served(false);
    server.up = false;
    const now = clock.now();
    const ids: string[] = [];
    for (const at of [now, now - 86_400_000, -1]) {
      Object.assign(clock, { now: () => at });
      ids.push((await convergence.runOnce())?.id ?? '');
    }
    expect(queue.size).to.equal(3);
    server.up = true;
    await served(true);
    expect(server.delivered).to.deep.equal(ids);
  });
});

describe('runs that wait', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-queue-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('stay in the order in which they were added, also behind those of an earlier life', async () => {
    const first = await openRunQueue(dir, silentLogger);
    for (const n of [3, 1]) await first.add(create(RunSchema, { id: runId(n) }));
    const second = await openRunQueue(dir, silentLogger);
    await second.add(create(RunSchema, { id: runId(2) }));
    const order: string[] = [];
    for (let next = await second.first(); next; next = await second.first()) {
      order.push(next.run.id);
      await second.remove(next.name);
    }
    expect(order).to.deep.equal([3, 1, 2].map((n) => runId(n)));
  });

  it('are kept in memory while the disk takes nothing, and written when it does again', async () => {
    const queue = await openRunQueue(dir, silentLogger);
    await queue.add(create(RunSchema, { id: runId(1) }));
    // Whoever runs this, a disk without room or one that cannot be written: no file can be made in it.
    await rename(join(dir, 'runs'), join(dir, 'elsewhere'));
    await writeFile(join(dir, 'runs'), '');
    await queue.add(create(RunSchema, { id: runId(2) }));
    await rm(join(dir, 'runs'));
    await rename(join(dir, 'elsewhere'), join(dir, 'runs'));
    expect(await readdir(join(dir, 'runs'))).to.have.length(2);
    await queue.add(create(RunSchema, { id: runId(3) }));
    const again = await openRunQueue(dir, silentLogger);
    expect([queue.size, again.size]).to.deep.equal([3, 3]);
    expect((await readdir(join(dir, 'runs'))).filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
  });

  it('are delivered from memory if the disk takes nothing for long', async () => {
    const queue = await openRunQueue(dir, silentLogger);
    await rm(join(dir, 'runs'), { recursive: true });
    await writeFile(join(dir, 'runs'), '');
    for (let n = 1; n <= 120; n++) await queue.add(create(RunSchema, { id: runId(n) }));
    const first = await queue.first();
    expect([queue.size, first?.run.id]).to.deep.equal([100, runId(21)]);
  });

  it('are set aside when they are cut off, whatever is left of them', async () => {
    await (await openRunQueue(dir, silentLogger)).add(runOf(1, Date.UTC(2026, 0, 1), { error: 'why' }));
    const file = join(dir, 'runs', `000000000001-${runId(1)}.run`);
    const whole = await readFile(file);
    for (const part of [whole.subarray(0, 40), Buffer.concat([whole.subarray(0, 40), Buffer.alloc(40)])]) {
      await writeFile(file, part);
      expect(await (await openRunQueue(dir, silentLogger)).first()).to.equal(undefined);
    }
    expect(await readdir(join(dir, 'runs', 'rejected'))).to.have.length(1);
  });

  it('are set aside when they cannot be read', async () => {
    await (await openRunQueue(dir, silentLogger)).add(create(RunSchema, { id: runId(1) }));
    await writeFile(join(dir, 'runs', `000000000000-${runId(2)}.run`), '');
    const queue = await openRunQueue(dir, silentLogger);
    expect((await queue.first())?.run.id).to.equal(runId(1));
    expect(queue.size).to.equal(1);
  });
});
