/**
 * Carries out what the check-in machine decides: waits, calls, remembers, tells.
 *
 * Everything that touches the world is handed in; the loop itself holds no state but the machine's.
 */
import { messageOf, VigoError } from '../fleet/errors.ts';
import { type Clock, deadline, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { type AgentLink, ServerBusyError } from './agent-link.ts';
import { nextStep } from './checkin-machine.ts';
import type { Convergence } from './convergence/convergence-loop.ts';
import { endpointFrom, nameOf } from './endpoint.ts';
import type { Hurry } from './hurry.ts';
import type { IdentityKeeper } from './identity/identity-keeper.ts';
import type { AgentAction, MachineEvent, MachineState, Placement, RetryPolicy, Step } from './machine-types.ts';
import { createStepLog } from './step-log.ts';
import type { TraitsFeed } from './traits/traits-feed.ts';

export interface CheckinLoopOptions {
  readonly first: Step;
  readonly link: AgentLink;
  readonly traits: TraitsFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the loop, without an error. */
  readonly signal: AbortSignal;
  /** Ends a wait; default: nothing does. */
  readonly hurry?: Pick<Hurry, 'signal'> | undefined;
  readonly agentVersion: string;
  readonly retry: RetryPolicy;
  /** Of each call, milliseconds. */
  readonly callTimeoutMs: number;
  /** Return after one check-in that succeeded, or throw the last error after `maxCalls`; default: go on. */
  readonly once?: { readonly maxCalls: number };
  /** What the agent has, and what it does with what a served check-in tells. */
  readonly convergence: Pick<Convergence, 'configVersion' | 'served'>;
  /** Tag of the CAs that the agent trusts, what a server says of others, and what is due about its certificate. */
  readonly identity: Pick<IdentityKeeper, 'trustTag' | 'told' | 'tend'>;
  /** Makes a new owner durable. */
  saveOwner(state: Pick<MachineState, 'owner' | 'previous'>): Promise<void>;
  /** After every call. */
  report(outcome: LoopReport): void;
}

export interface LoopReport {
  readonly owner: Placement;
  /** Whether this call was a check-in that succeeded. */
  readonly served: boolean;
  readonly error: VigoError | undefined;
}

/** Returns when the signal aborts or `once` is done. Throws `IDENTITY_REVOKED` when a server says so. */
export async function runCheckinLoop(options: CheckinLoopOptions): Promise<void> {
  const { clock, signal } = options;
  const log = createStepLog(options.logger);
  let step = options.first;
  let saved: Placement = step.state.owner;
  for (let calls = 1; ; calls++) {
    await sleep(clock, step.action.delayMs, options.hurry ? AbortSignal.any([signal, options.hurry.signal]) : signal);
    if (signal.aborted) return;
    const begun = clock.monotonic();
    const { event, error } = await call(options, step);
    const tookMs = clock.monotonic() - begun;
    if (signal.aborted) return;
    if (error?.code === 'IDENTITY_REVOKED') {
      options.report({ owner: step.state.owner, served: false, error });
      throw error;
    }
    const { action } = step;
    step = nextStep(step.state, event, { random: clock.random(), policy: options.retry, tookMs });
    log(action, step, error);
    if (step.state.owner !== saved && (await save(options, step.state))) saved = step.state.owner;
    options.report({ owner: step.state.owner, served: step.verdict === 'served', error });
    // Also when nobody serves: a certificate that grows old does not wait.
    const tended = options.identity.tend();
    if (!options.once) continue;
    await tended;
    if (step.verdict === 'served') return;
    if (calls >= options.once.maxCalls) throw error ?? gaveUp(calls);
  }
}

interface CallResult {
  readonly event: MachineEvent;
  readonly error?: VigoError;
}

async function call(options: CheckinLoopOptions, { action, state }: Step): Promise<CallResult> {
  try {
    return {
      event: action.kind === 'check-in' ? await checkIn(options, action.at) : await locate(options, action, state),
    };
  } catch (thrown) {
    const error =
      thrown instanceof VigoError ? thrown : new VigoError('INTERNAL', messageOf(thrown), { cause: thrown });
    return { event: failure(action, error), error };
  }
}

function failure(action: AgentAction, error: VigoError): MachineEvent {
  const retryAfterMs = error instanceof ServerBusyError ? error.retryAfterMs : undefined;
  if (action.kind === 'locate') return { type: 'locate-failed', retryAfterMs };
  if (error instanceof ServerBusyError) return { type: 'throttled', retryAfterMs };
  const foreign = error.code === 'IDENTITY_UNKNOWN' || error.code === 'NOT_SERVED_HERE';
  return { type: foreign ? 'not-known' : 'check-in-failed' };
}

async function checkIn(options: CheckinLoopOptions, at: Placement): Promise<MachineEvent> {
  const { traits } = options;
  const current = await traits.current();
  const response = await within(options, nameOf(at.endpoint), (signal) =>
    options.link.checkIn(
      at.endpoint,
      {
        epoch: at.epoch,
        traitsDigest: current.digest,
        configVersion: options.convergence.configVersion,
        agentVersion: options.agentVersion,
        trustTag: options.identity.trustTag(),
        ...(traits.isDue(current) ? { traitsJson: current.json } : {}),
      },
      signal,
    ),
  );
  const { redirect, epoch, nextCheckinAfterMs: nextAfterMs } = response;
  if (!redirect) options.identity.told(response.trustTag);
  if (redirect) return { type: 'redirected', placement: placementFrom(redirect.target, redirect.epoch), nextAfterMs };
  if (response.sendTraits) traits.requested();
  else traits.delivered(current);
  const { noChange } = response;
  const told = options.convergence.served({ at: at.endpoint, epoch, noChange, nextAfterMs, traits: current });
  // Not waited for, but by who leaves after it: files may take longer than the time to the next check-in.
  if (options.once) await told;
  return { type: 'checked-in', epoch, nextAfterMs };
}

async function locate(
  options: CheckinLoopOptions,
  { hub }: Extract<AgentAction, { kind: 'locate' }>,
  state: MachineState,
): Promise<MachineEvent> {
  const response = await within(options, nameOf(hub), (signal) =>
    options.link.locate(hub, { epoch: state.owner.epoch }, signal),
  );
  const placement = placementFrom(response.owner, response.epoch);
  return { type: 'located', placement, nextAfterMs: response.nextCheckinAfterMs };
}

/** Undefined if there is no server there that could be dialled. */
function placementFrom(endpoint: object | undefined, epoch: number): Placement | undefined {
  const parsed = endpointFrom(endpoint);
  return parsed && { endpoint: parsed, epoch };
}

/** Runs `fn` with the deadline of a call. Throws `TIMEOUT` naming `target`, whatever `fn` makes of the signal. */
async function within<T>(
  { clock, signal, callTimeoutMs }: CheckinLoopOptions,
  target: string,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = deadline(clock, callTimeoutMs, signal);
  try {
    return await fn(limit.signal);
  } catch (error) {
    if (!limit.signal.aborted || signal.aborted) throw error;
    throw new VigoError('TIMEOUT', `${target} did not answer within ${callTimeoutMs} ms`, { cause: error });
  } finally {
    limit.cancel();
  }
}

/** A disk that is full must not stop the check-ins: the owner is written again after the next call. */
async function save(options: CheckinLoopOptions, state: MachineState): Promise<boolean> {
  try {
    await options.saveOwner(state);
    return true;
  } catch (error) {
    options.logger.error({ error: messageOf(error) }, 'new owner not saved');
    return false;
  }
}

function gaveUp(calls: number): VigoError {
  return new VigoError(
    'UNREACHABLE',
    `no server takes this envoy's check-in (${calls} calls): look at "vigocli envoys show" on the hub`,
  );
}
