// Following a move over a connection that breaks, and showing it.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'chai';
import { followMove } from '../../../src/cli/follow-move.ts';
import { moveJson } from '../../../src/cli/json/move.ts';
import { createProgress } from '../../../src/cli/progress.ts';
import { outcomeText, planText, progressText, renderExclusions } from '../../../src/cli/render/moves.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { type Move, MoveReason, MoveSchema, MoveState } from '../../../src/gen/vigo/v1/admin_pb.js';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeTerminal } from './fake-terminal.ts';
import { createInProcessHub } from './in-process-hub.ts';

type MoveChange = Exclude<MessageInitShape<typeof MoveSchema>, Move>;

function moveAt(moved: number, change: MoveChange = {}): Move {
  return create(MoveSchema, {
    id: 'm1',
    state: moved === 500 ? MoveState.DONE : MoveState.RUNNING,
    reason: MoveReason.DRAIN,
    matched: 500,
    moved,
    plan: [{ from: 'dc1', to: 'dc2', envoys: 500 }],
    ...change,
  });
}

type Watch = (attempt: number, signal: AbortSignal) => AsyncIterable<Move>;

/** A watch that fails without any news. */
const failing =
  (error: ConnectError): Watch =>
  () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
  });

/** A server whose n-th watch of a move answers what `watch` says. */
function hubWith(watch: Watch) {
  let attempt = 0;
  const hub = createInProcessHub({
    async *watchMove(_request, context) {
      for await (const move of watch(attempt++, context.signal)) yield { move };
    },
  });
  return { hub, attempts: () => attempt };
}

/** Follows with a clock that runs on by itself. */
async function follow(watch: Watch, signal = new AbortController().signal) {
  const { hub, attempts } = hubWith(watch);
  const clock = createFakeClock();
  const seen: number[] = [];
  let ended = false;
  const result = followMove({ hub, move: moveAt(0), clock, signal, onMove: ({ moved }) => seen.push(moved) })
    .catch((error: unknown) => error)
    .finally(() => {
      ended = true;
    });
  for (let i = 0; i < 500 && !ended; i++) await clock.advance(1000);
  return { result: await result, seen, attempts: attempts() };
}

describe('following a move', () => {
  it('shows it until it ends', async () => {
    const { result, seen } = await follow(async function* () {
      yield moveAt(120);
      yield moveAt(500);
    });
    expect(result).to.have.property('detached', false);
    expect(result).to.have.nested.property('move.state', MoveState.DONE);
    expect(seen).to.deep.equal([0, 120, 500]);
  });

  it('comes back when the connection breaks or the stream ends early', async () => {
    const { result, seen, attempts } = await follow(async function* (attempt) {
      yield moveAt(100 * (attempt + 1));
      if (attempt === 0) throw new ConnectError('cut', Code.Unavailable);
      if (attempt === 2) yield moveAt(500);
    });
    expect(result).to.have.nested.property('move.moved', 500);
    expect(seen).to.deep.equal([0, 100, 200, 300, 500]);
    expect(attempts).to.equal(3);
  });

  it('gives up after a while, and says that the move goes on', async () => {
    const { result, attempts } = await follow(failing(new ConnectError('down', Code.Unavailable)));
    expect(result).to.be.instanceOf(VigoError).with.property('code', 'UNREACHABLE');
    expect((result as VigoError).message).to.include('vigocli spanner move m1 --watch');
    expect(attempts).to.equal(20);
  });

  it('gives up on streams that end without a word', async () => {
    const { result, attempts } = await follow(async function* () {});
    expect(result).to.be.instanceOf(VigoError);
    expect(attempts).to.equal(20);
  });

  it('does not come back from a refusal', async () => {
    const { result, attempts } = await follow(failing(new ConnectError('no', Code.PermissionDenied)));
    expect(result).to.be.instanceOf(VigoError).with.property('code', 'PERMISSION_DENIED');
    expect(attempts).to.equal(1);
  });

  it('detaches when it is told to', async () => {
    const interrupt = new AbortController();
    const { result } = await follow(async function* (_attempt, signal) {
      yield moveAt(120);
      interrupt.abort();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }, interrupt.signal);
    expect(result).to.have.property('detached', true);
    expect(result).to.have.nested.property('move.moved', 120);
  });

  it('ends the watch that it leaves', async () => {
    let left = false;
    await follow(async function* (_attempt, signal) {
      signal.addEventListener('abort', () => {
        left = true;
      });
      yield moveAt(500);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    });
    expect(left).to.equal(true);
  });
});

describe('progress', () => {
  it('is a line at most every second without a terminal, and the last one in any case', async () => {
    const { terminal, err } = createFakeTerminal();
    const clock = createFakeClock();
    const progress = await createProgress({ terminal, clock, silent: false });
    progress.update('draining dc1  0/500');
    progress.update('draining dc1  120/500');
    await clock.advance(1000);
    progress.update('draining dc1  240/500');
    progress.update('draining dc1  500/500');
    progress.stop();
    progress.stop();
    expect(err.join('')).to.equal('draining dc1  0/500\ndraining dc1  240/500\ndraining dc1  500/500\n');
  });

  it('is silent when told so', async () => {
    const { terminal, err } = createFakeTerminal();
    const progress = await createProgress({ terminal, clock: createFakeClock(), silent: true });
    progress.update('draining dc1  0/500');
    progress.stop();
    expect(err).to.deep.equal([]);
  });
});

describe('a move for people', () => {
  const plain = createFakeTerminal().terminal;
  const json = (change: MoveChange = {}, moved = 500) => moveJson(moveAt(moved, change));

  it('says how far it is', () => {
    expect(progressText(json({}, 120))).to.equal('draining dc1  120/500');
    expect(progressText(json({ reason: MoveReason.REASSIGN }, 1))).to.equal('reassigning to dc2  1/500');
    expect(progressText(json({ reason: MoveReason.REBALANCE }, 1))).to.equal('rebalancing  1/500');
  });

  it('says what would be done', () => {
    expect(planText(json())).to.equal('move 500 envoys (dc1 to dc2: 500)');
    expect(outcomeText(json({ dryRun: true, skippedCount: 2 }), plain.style)).to.equal(
      'dry run: would move 500 envoys (dc1 to dc2: 500), 2 skipped',
    );
  });

  it('says what came of it', () => {
    expect(outcomeText(json(), plain.style)).to.equal('done: 500 of 500 envoys moved');
    expect(outcomeText(json({ state: MoveState.INCOMPLETE, failedCount: 3 }, 497), plain.style)).to.equal(
      'incomplete: 497 of 500 envoys moved, 3 failed',
    );
    expect(outcomeText(json({ id: '', matched: 0, plan: [] }, 0), plain.style)).to.equal('nothing to move');
  });

  it('names those left behind, and how many it does not name', () => {
    const failed = [{ id: '1', hostname: 'web1', reason: 'dc2 refused' }];
    const text = renderExclusions(json({ failed, failedCount: 3 }), { width: 80, style: plain.style });
    expect(text.split('\n')).to.deep.equal(['HOSTNAME  WHAT    WHY', 'web1      failed  dc2 refused', '… and 2 more']);
  });
});
