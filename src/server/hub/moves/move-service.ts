/**
 * Moves from wish to journal to end: planned in one transaction, carried out in the background, watched by anyone.
 *
 *   running ──nothing open, nothing failed──▶ done
 *      ├─────nothing open, some failed──────▶ incomplete
 *      └─────cancelled by an operator───────▶ cancelled
 */
import { randomUUID } from 'node:crypto';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { MovePlan } from '../../../fleet/move-plan.ts';
import { sleep } from '../../../platform/clock.ts';
import { createMutex } from '../../../platform/mutex.ts';
import type { MoveItem, MoveRow } from '../../store/move-repository.ts';
import type { NoticeRepository } from '../../store/notice-repository.ts';
import { createChangeSignals } from './change-signals.ts';
import type { MovePlanner, MoveWish } from './move-planner.ts';
import { type RunOptions, runMove } from './move-runner.ts';
import { MAX_NAMED, type MoveView, readMove } from './move-view.ts';

/** Time until a move that was interrupted is taken up again: long enough for a full disk to be noticed in the log. */
const TAKE_UP_AFTER_MS = 5_000;

export interface MoveOrder extends MoveWish {
  readonly dryRun: boolean;
  readonly comment: string;
  readonly actor: string;
  /** Envoys a second; 0 for no limit. */
  readonly maxRate: number;
}

export interface MoveService {
  /** The plan, or the move as it began. Throws what the planner refuses. */
  start(order: MoveOrder): Promise<MoveView>;
  /** Throws `MOVE_NOT_FOUND`. */
  get(id: string): Promise<MoveView>;
  /** Newest first. */
  list(limit: number, before?: string): Promise<MoveView[]>;
  /** The move now and after each change, until it has ended. */
  watch(id: string, signal: AbortSignal): AsyncGenerator<MoveView>;
  /** Resolves when the move has stopped. Throws MOVE_NOT_FOUND, MOVE_NOT_RUNNING. */
  cancel(id: string): Promise<MoveView>;
  /** Those that are being carried out. */
  running(): readonly MoveRow[];
  /** Calls `listener` after a move has ended; it must not throw. */
  onEnded(listener: (move: MoveRow) => void): void;
  /** Calls `listener` whenever something of a move has changed; it must not throw. */
  onProgress(listener: () => void): void;
  /** Goes on with the moves that the last process left running. */
  resume(): Promise<void>;
  /** Lets running batches end; the moves go on with the next process. */
  close(): Promise<void>;
}

export interface MoveServiceOptions extends Omit<RunOptions, 'onProgress'> {
  readonly noticeRepository: NoticeRepository;
  readonly planner: MovePlanner;
  /** Aborts when the server begins to stop: who watches is sent away, and no new batch is begun. */
  readonly stopping?: AbortSignal | undefined;
}

interface Running {
  readonly move: MoveRow;
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
}

export async function openMoveService(options: MoveServiceOptions): Promise<MoveService> {
  const { directory, moves, planner, registry, clock, logger } = options;
  const signals = createChangeSignals();
  const stop = new AbortController();
  const beginStop = (): void => {
    stop.abort();
    signals.changedAll();
  };
  options.stopping?.addEventListener('abort', beginStop, { once: true });
  const running = new Map<string, Running>();
  const endListeners: ((move: MoveRow) => void)[] = [];
  // Two drains of one spoke that end together: the second has to see that the first has ended.
  const settling = createMutex();
  let seq = await moves.lastSeq();

  const read = (row: MoveRow) => readMove({ moves, notices: options.noticeRepository }, row);
  const need = async (id: string): Promise<MoveRow> => {
    const row = await moves.find(id);
    if (!row) throw new VigoError('MOVE_NOT_FOUND', `no move ${JSON.stringify(id)}: see \`vigocli spanner moves\``);
    return row;
  };

  const journal = async (order: MoveOrder): Promise<{ move: MoveRow | undefined; view: MoveView }> => {
    const plan = planner.plan(order);
    if (plan.planned.length === 0) return { move: undefined, view: planView(order, plan, clock.now()) };
    const move = journalRow(order, plan, ++seq, clock.now());
    const items = journalItems(options, move, plan);
    await moves.plan(move, items);
    for (const item of items) {
      const placement = directory.get(item.envoy_id);
      if (placement) Object.assign(placement, { moveId: move.id, maxEpoch: item.epoch });
    }
    return { move, view: await read(move) };
  };

  const carryOut = async (move: MoveRow, cancel: AbortSignal): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await runMove({ ...options, onProgress: signals.changed }, move, cancel, stop.signal);
        if (!stop.signal.aborted) await settling.run(() => settle(options, move));
        return;
      } catch (error) {
        // The journal could not be written: what it says is still true, so the move can go on from there.
        logger.error({ move: move.id, error: messageOf(error) }, 'move interrupted, will be taken up again');
        await sleep(clock, TAKE_UP_AFTER_MS, stop.signal);
      }
    }
  };
  const launch = (move: MoveRow): void => {
    const cancel = new AbortController();
    const ended = carryOut(move, cancel.signal).finally(() => {
      running.delete(move.id);
      signals.changed(move.id);
      if (!stop.signal.aborted) for (const listener of endListeners) listener(move);
    });
    running.set(move.id, { move, cancel, ended });
  };

  // Before anybody is served: what a running move has is spoken for.
  for (const row of await moves.running()) {
    for (const item of await moves.openItems(row.id)) {
      const placement = directory.get(item.envoy_id);
      if (placement) placement.moveId = row.id;
    }
  }

  return {
    async start(order) {
      // Outside of the lock, because the first plan of a hub waits for probes; it also finds what is wrong with the order.
      await planner.prepare(order);
      const preview = planner.plan(order);
      if (order.dryRun) return planView(order, preview, clock.now());
      // Before the plan: nobody is to be enrolled on a spoke that is being emptied.
      const drained = order.reason === 'drain' ? order.from : undefined;
      const { eligibility, comment } = registry.get(drained ?? '');
      if (drained) await registry.set(drained, 'draining', order.comment);
      const { move, view } = await directory.mutex
        .run(() => journal(order))
        .catch(async (error: unknown) => {
          if (drained) await registry.set(drained, eligibility, comment);
          throw error;
        });
      if (!move && drained) await settling.run(() => settleEligibility(options, drained, order.comment));
      if (move) {
        logger.info({ move: move.id, reason: move.reason, envoys: view.matched, actor: move.actor }, 'move started');
        launch(move);
      }
      return view;
    },
    get: async (id) => read(await need(id)),
    async list(limit, before) {
      const rows = await moves.list(limit, before === undefined ? undefined : (await need(before)).seq);
      return Promise.all(rows.map(read));
    },
    async *watch(id, signal) {
      for (;;) {
        const next = signals.next(id, signal);
        const view = await read(await need(id));
        yield view;
        if (view.state !== 'running') return;
        await next;
        signal.throwIfAborted();
        if (stop.signal.aborted)
          throw new VigoError('STOPPING', `the server is stopping; move ${id} goes on when it is back`);
      }
    },
    async cancel(id) {
      const row = await need(id);
      const entry = running.get(id);
      if (!entry)
        throw new VigoError('MOVE_NOT_RUNNING', `move ${id} has ended already (${row.state}): nothing to cancel`);
      entry.cancel.abort();
      await entry.ended;
      return read(await need(id));
    },
    running: () => [...running.values()].map(({ move }) => move),
    onEnded: (listener) => void endListeners.push(listener),
    onProgress: signals.onChange,
    async resume() {
      for (const row of await moves.running()) {
        // Ordered since this process began to serve.
        if (running.has(row.id)) continue;
        logger.info({ move: row.id, reason: row.reason }, 'move resumed');
        launch(row);
      }
      const drained = new Set((await moves.running()).map((row) => row.from_spoke));
      for (const row of registry.all()) {
        // The last process ended between cordoning the spoke and planning its drain.
        if (row.eligibility === 'draining' && !drained.has(row.id))
          await settling.run(() => settleEligibility(options, row.id, row.comment));
      }
    },
    async close() {
      beginStop();
      await Promise.all([...running.values()].map((entry) => entry.ended));
    },
  };
}

/** Writes how the move ended, and what that means for a spoke that was to be emptied. */
async function settle(options: MoveServiceOptions, move: MoveRow): Promise<void> {
  const { moves, clock, logger } = options;
  const progress = await moves.progress(move.id);
  const leftOut = progress.failed + progress.cancelled;
  const missing = leftOut > 0 || move.skipped_count > move.settled_count;
  const state = progress.cancelled > 0 ? 'cancelled' : missing ? 'incomplete' : 'done';
  if (move.reason === 'drain' && move.from_spoke) {
    await settleEligibility(options, move.from_spoke, move.comment, move.id);
  }
  await moves.end(move.id, state, clock.now());
  logger.info({ move: move.id, state, ...progress }, 'move ended');
}

/**
 * A spoke that is not being drained any more is drained or, if something is left on it, cordoned; unless it was uncordoned
 * meanwhile, or another move than `ended` goes on draining it.
 */
async function settleEligibility(
  { directory, registry, moves }: MoveServiceOptions,
  spoke: string,
  comment: string,
  ended?: string,
): Promise<void> {
  const running = await moves.running();
  if (running.some((move) => move.reason === 'drain' && move.from_spoke === spoke && move.id !== ended)) return;
  const empty = directory.countOn(spoke) === 0 && directory.enrollingOn(spoke) === 0;
  await registry.settle(spoke, empty ? 'drained' : 'cordoned', comment);
}

function journalRow(order: MoveOrder, plan: MovePlan, seq: number, now: number): MoveRow {
  return {
    id: randomUUID(),
    seq,
    reason: order.reason,
    state: 'running',
    from_spoke: order.from ?? null,
    actor: order.actor,
    comment: order.comment,
    max_rate: order.maxRate,
    matched: plan.planned.length + plan.skipped.length,
    skipped_count: plan.skipped.length,
    settled_count: plan.skipped.filter((envoy) => envoy.settled).length,
    skipped: JSON.stringify(plan.skipped.slice(0, MAX_NAMED)),
    started_at: now,
    ended_at: null,
  };
}

/** Items ordered by leg, so that batches are as large as can be. */
function journalItems({ directory }: MoveServiceOptions, move: MoveRow, plan: MovePlan): MoveItem[] {
  const legOrder = new Map(plan.legs.map((leg, i) => [`${leg.from} ${leg.to}`, i]));
  const legOf = (envoy: { from: string; to: string }) => legOrder.get(`${envoy.from} ${envoy.to}`) ?? 0;
  return plan.planned
    .toSorted((a, b) => legOf(a) - legOf(b))
    .map((envoy, position) => ({
      move_id: move.id,
      envoy_id: envoy.id,
      position,
      hostname: envoy.hostname,
      from_spoke: envoy.from,
      to_spoke: envoy.to,
      epoch: (directory.get(envoy.id)?.maxEpoch ?? 0) + 1,
      state: 'planned',
      error: null,
    }));
}

/** A plan that is not, or need not be, carried out. */
function planView(order: MoveOrder, plan: MovePlan, now: number): MoveView {
  const unsettled = plan.skipped.some((envoy) => !envoy.settled);
  return {
    id: '',
    state: unsettled ? 'incomplete' : 'done',
    reason: order.reason,
    matched: plan.planned.length + plan.skipped.length,
    moved: 0,
    skipped: plan.skipped.slice(0, MAX_NAMED),
    skippedCount: plan.skipped.length,
    failed: [],
    failedCount: 0,
    legs: plan.legs,
    dryRun: order.dryRun,
    startedAt: now,
    endedAt: now,
    actor: order.actor,
    comment: order.comment,
    releasesPending: 0,
  };
}
