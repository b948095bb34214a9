/** `agent run`: puts the agent's parts together and lets them work until a signal ends it. */
import { mkdir } from 'node:fs/promises';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { keepAlive } from '../platform/keep-alive.ts';
import type { Logger } from '../platform/logger.ts';
import { RESOURCE_TYPES } from '../resources/index.ts';
import type { AgentLink } from './agent-link.ts';
import { type LoopReport, runCheckinLoop } from './checkin-loop.ts';
import { firstStep } from './checkin-machine.ts';
import { type Convergence, createConvergence } from './convergence/convergence-loop.ts';
import { openStores } from './convergence/open-stores.ts';
import { nameOf } from './endpoint.ts';
import { createHost } from './host/host.ts';
import type { Hurry } from './hurry.ts';
import { createIdentityKeeper } from './identity/identity-keeper.ts';
import { createLink } from './link.ts';
import { lockStateDir } from './lock.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './machine-types.ts';
import { writeLastRun } from './runs/last-run.ts';
import { type AgentState, loadEnrolled, saveState } from './state.ts';
import { type StateDir, stateDirAt } from './state-dir.ts';
import { createStatusFile, readStatusFile } from './status-file.ts';
import { collectTraits } from './traits/collect-traits.ts';
import { createCollectors } from './traits/collectors.ts';
import { createTraitsFeed } from './traits/traits-feed.ts';

export interface RunAgentOptions {
  readonly stateDir: string;
  readonly agentVersion: string;
  readonly logger: Logger;
  /** Ends the agent, without an error, well within a second. */
  readonly signal: AbortSignal;
  /** Called once, when the agent has begun to work. */
  readonly started?: () => void;
  /** Ends the wait for the next check-in; default: nothing does. */
  readonly hurry?: Pick<Hurry, 'signal'>;
  /** One check-in that succeeds (following redirects), or an error after a bounded number of calls; default false. */
  readonly once?: boolean;
  /** Where the system's files begin; default "/". */
  readonly root?: string;
  readonly clock?: Clock;
  readonly retry?: RetryPolicy;
  /** How often facts about the machine are looked up anew, milliseconds; default 10 minutes. */
  readonly traitsRefreshMs?: number;
  /** Default: real connections with the identity of the state directory. */
  readonly link?: AgentLink;
}

/** An answer that takes longer is not worth waiting for: servers answer check-ins from memory. */
const CALL_TIMEOUT_MS = 10_000;
const TRAITS_REFRESH_MS = 10 * 60_000;
// Three failures at the owner, two hubs, and as many again at the owner that they name.
const ONCE_MAX_CALLS = 8;
// Someone waits in front of the screen.
const ONCE_RETRY: RetryPolicy = { baseMs: 500, minCapMs: 2_000, maxCapMs: 2_000 };

/**
 * Returns when the signal aborts, or `once` is done. Throws `NOT_ENROLLED`, `AGENT_RUNNING`, `AGENT_STATE_INVALID`,
 * `DATA_DIR_UNUSABLE`, `IDENTITY_REVOKED`; with `once` also why the last call failed.
 */
export async function runAgent(options: RunAgentOptions): Promise<void> {
  const dir = stateDirAt(options.stateDir);
  // Before the lock: a directory without an envoy is left as it is.
  loadEnrolled(dir);
  const lock = await lockStateDir(dir);
  const letGo = keepAlive();
  try {
    await runLocked(options, dir);
  } finally {
    letGo();
    await lock.release();
  }
}

async function runLocked(options: RunAgentOptions, dir: StateDir): Promise<void> {
  const { logger, agentVersion, once = false } = options;
  const clock = options.clock ?? systemClock;
  const { state, identity } = loadEnrolled(dir);
  const collectors = createCollectors({ hostname: state.hostname, agentVersion, root: options.root ?? '/', clock });
  const status = createStatus(options, dir, clock);
  const { store, queue, owed } = await openStores(dir, logger);
  const link = options.link ?? createLink({ identity, timeoutMs: CALL_TIMEOUT_MS });
  logger.info(
    { envoyId: state.envoyId, hostname: state.hostname, spoke: nameOf(state.owner.endpoint), epoch: state.owner.epoch },
    'started',
  );
  const root = options.root ?? '/';
  if (root !== '/') await mkdir(root, { recursive: true });
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const convergence = createConvergence({
    link,
    store,
    queue,
    owed,
    host: createHost({ root, blob: store.blob, signal, clock }),
    types: RESOURCE_TYPES,
    remember: (run) => writeLastRun(dir, run, logger),
    clock,
    logger,
    signal,
  });
  const keeper = createIdentityKeeper({
    dir,
    identity,
    hubs: state.hubs,
    link,
    callTimeoutMs: CALL_TIMEOUT_MS,
    clock,
    logger,
    signal,
  });
  options.started?.();
  const converging = once ? Promise.resolve() : convergence.loop();
  try {
    await runCheckinLoop({
      first: firstStep(state),
      link,
      identity: keeper,
      traits: createTraitsFeed({
        collect: () => collectTraits({ collectors, clock, logger }),
        clock,
        refreshMs: options.traitsRefreshMs ?? TRAITS_REFRESH_MS,
      }),
      clock,
      logger,
      signal,
      hurry: options.hurry,
      convergence,
      agentVersion,
      retry: options.retry ?? (once ? ONCE_RETRY : DEFAULT_RETRY),
      callTimeoutMs: CALL_TIMEOUT_MS,
      ...(once ? { once: { maxCalls: ONCE_MAX_CALLS } } : {}),
      saveOwner: ({ owner, previous }) => saveState(dir, { ...state, owner, previous } satisfies AgentState),
      report: status.report,
    });
    if (once) await convergeOnce(convergence);
    logger.info({}, 'stopped');
  } catch (error) {
    logger.error({ error: messageOf(error) }, 'stopped');
    throw error;
  } finally {
    stopping.abort(new VigoError('STOPPING', 'the agent is stopping'));
    await converging;
    // Nothing is begun any more; what is being written is written before the directory is anybody else's.
    await keeper.tend();
    link.close();
    await status.flush();
  }
}

/** One run, delivered. Throws why it was not, or RUN_FAILED if the machine is not as it should be. */
async function convergeOnce(convergence: Convergence): Promise<void> {
  const run = await convergence.runOnce();
  await convergence.deliver();
  if (!run || (run.failed === 0 && run.error === '')) return;
  const why = run.error || `${run.failed} resources failed`;
  throw new VigoError('RUN_FAILED', `${why}: see "vigocli runs show ${run.id}" on the hub`);
}

function createStatus(
  { logger }: RunAgentOptions,
  dir: StateDir,
  clock: Clock,
): { report(outcome: LoopReport): void; flush(): Promise<void> } {
  const file = createStatusFile({ dir, clock, logger });
  let lastCheckinAt = readStatusFile(dir)?.lastCheckinAt ?? null;
  return {
    report({ owner, served, error }) {
      if (served) lastCheckinAt = new Date(clock.now()).toISOString();
      void file.update({
        lastCheckinAt,
        lastError: error ? { code: error.code, message: error.message } : null,
        spoke: nameOf(owner.endpoint),
        address: owner.endpoint.address,
        epoch: owner.epoch,
      });
    },
    flush: file.flush,
  };
}
