/**
 * Where an agent goes next and when: a pure function from what it knows and what just happened.
 *
 *     serving ──3 failures, or "I do not know you"──▶ searching: Locate at each hub in turn, then one more check-in
 *        ▲ │                                             │        (at the old owner and the new one by turns)
 *        │ └──redirect──▶ trying the new owner ◀──located─┘
 *        └─────────check-in succeeded─────┘
 *
 * While its spoke is dead and the hub knows no other, an agent goes round once an interval: one question, one check-in. So
 * the hub is asked, and the spoke that comes back or takes over is called, about as often as in better times, and whoever
 * was searching is served within an interval of the directory naming a new owner.
 *
 * `owner` is where a check-in last succeeded. It is given up only when a check-in at another server has succeeded,
 * so an agent never stands without an address. An epoch lower than the owner's is old news and is ignored.
 */
import { backoff } from '../fleet/checkin-schedule.ts';
import { sameEndpoint } from './endpoint.ts';
import {
  FAILURES_BEFORE_LOCATE,
  type MachineEvent,
  type MachineState,
  type Placement,
  type Step,
  type StepContext,
  type Verdict,
} from './machine-types.ts';

/** More hops than any real chain of moves has; a longer one is a circle. */
const MAX_REDIRECTS = 8;
/** Servers may say "now"; this keeps a mistaken one from being called in a tight loop, milliseconds. */
const MIN_INTERVAL_MS = 100;
/** No server may silence an agent for longer than a day. */
export const MAX_DELAY_MS = 24 * 60 * 60 * 1000;
/** A retry delay that a busy server names is spread by up to this part. */
const THROTTLE_JITTER = 0.2;
/**
 * Time from one answered Locate to the next, in intervals: drawn between these. The second question may come at any time of
 * the interval, so that those whose spoke has just died do not stay together; from then on each keeps a rhythm.
 * An interval that was told may be a tenth longer than the mean one (`CHECKIN_JITTER`), and the hub spreads by another tenth
 * (`locateSpread`): 0.8 × 1.1 + 0.1 < 1.
 */
const LOCATE_AGAIN = { from: 0.6, to: 0.8 };
const LOCATE_SECOND = { from: 0, to: 0.8 };
/** The check-in in between comes within this part of an interval: a call that hangs must not delay the next question. */
const CHECK_IN_BETWEEN = 0.25;
/** A hub that is too busy so many times in a row is passed over. */
const MAX_HUB_BUSY = 3;

/** A process that begins with what its state directory holds: its first check-in goes to the owner, at once. */
export function firstStep(known: Pick<MachineState, 'owner' | 'previous' | 'hubs'>): Step {
  const state: MachineState = {
    ...known,
    candidate: undefined,
    target: known.owner,
    nextHub: 0,
    hubsFailed: 0,
    failures: 0,
    attempts: 0,
    redirects: 0,
    intervalMs: undefined,
    sinceLocateMs: undefined,
    locatesInVain: 0,
    hubBusy: 0,
  };
  return { state, action: { kind: 'check-in', at: known.owner, delayMs: 0 }, verdict: 'served' };
}

export function nextStep(before: MachineState, event: MachineEvent, context: StepContext): Step {
  const step = decide(passed(before, context.tookMs ?? 0), event, context);
  return { ...step, state: passed(step.state, step.action.delayMs) };
}

function passed(state: MachineState, ms: number): MachineState {
  return state.sinceLocateMs === undefined ? state : { ...state, sinceLocateMs: state.sinceLocateMs + ms };
}

function decide(state: MachineState, event: MachineEvent, context: StepContext): Step {
  switch (event.type) {
    case 'checked-in':
      return checkedIn(state, event.epoch, event.nextAfterMs, context);
    case 'redirected':
      return redirected(state, event.placement, event.nextAfterMs, context);
    case 'check-in-failed':
      return checkInFailed(state, state.failures + 1, 'failed', context);
    case 'not-known':
      return checkInFailed(state, Math.max(state.failures + 1, FAILURES_BEFORE_LOCATE), 'failed', context);
    case 'throttled':
      return {
        state,
        action: { kind: 'check-in', at: state.target, delayMs: throttleDelay(state, event.retryAfterMs, context) },
        verdict: 'throttled',
      };
    case 'located':
      return located(state, event.placement, event.nextAfterMs, context);
    case 'locate-failed':
      return event.retryAfterMs === undefined
        ? locateFailed(state, 'failed', context)
        : hubIsBusy(state, event.retryAfterMs, context);
  }
}

function checkedIn(state: MachineState, epoch: number, nextAfterMs: number, context: StepContext): Step {
  // The server has been set back to an older state: what it believes is not what the hub knows.
  if (epoch < state.owner.epoch) return notServed(state, 'outdated', context);
  const { endpoint } = state.target;
  const moved = !sameEndpoint(endpoint, state.owner.endpoint);
  const owner = moved || epoch !== state.owner.epoch ? { endpoint, epoch } : state.owner;
  const intervalMs = clamp(nextAfterMs, MIN_INTERVAL_MS);
  const next: MachineState = {
    ...state,
    owner,
    previous: moved ? state.owner : state.previous,
    candidate: undefined,
    target: owner,
    hubsFailed: 0,
    failures: 0,
    attempts: 0,
    redirects: 0,
    intervalMs,
    sinceLocateMs: undefined,
    locatesInVain: 0,
    hubBusy: 0,
  };
  return { state: next, action: { kind: 'check-in', at: owner, delayMs: intervalMs }, verdict: 'served' };
}

function redirected(
  state: MachineState,
  named: Placement | undefined,
  nextAfterMs: number,
  context: StepContext,
): Step {
  const usable =
    named !== undefined &&
    named.epoch >= state.owner.epoch &&
    named.endpoint.address !== state.target.endpoint.address &&
    state.redirects < MAX_REDIRECTS;
  if (!usable) return notServed(state, 'ignored', context);
  return tryAt({ ...state, redirects: state.redirects + 1 }, named, nextAfterMs, 'redirected', context);
}

function located(state: MachineState, named: Placement | undefined, nextAfterMs: number, context: StepContext): Step {
  if (named === undefined || named.epoch < state.owner.epoch) return locateFailed(state, 'ignored', context);
  const asked = { ...state, nextHub: hubAfter(state), hubsFailed: 0, hubBusy: 0, redirects: 0 };
  return tryAt(asked, named, nextAfterMs, 'located', context);
}

/** Goes to the server that was named. If that is the one which fails already, it is not called sooner for it. */
function tryAt(
  state: MachineState,
  named: Placement,
  nextAfterMs: number,
  verdict: Verdict,
  context: StepContext,
): Step {
  const wanted = clamp(nextAfterMs, 0);
  const isNews = !samePlacement(named, state.candidate ?? state.owner);
  const next: MachineState = {
    ...state,
    candidate: samePlacement(named, state.owner) ? undefined : named,
    target: named,
    failures: isNews ? 0 : state.failures,
    sinceLocateMs: isNews ? undefined : 0,
    locatesInVain: isNews ? 0 : state.locatesInVain + 1,
  };
  const delayMs = isNews ? wanted : Math.max(wanted, retryDelay(next, context, CHECK_IN_BETWEEN));
  return { state: next, action: { kind: 'check-in', at: named, delayMs }, verdict };
}

/** The server answered, but not as the owner: waiting for it to change its mind is no use, a hub knows more. */
function notServed(state: MachineState, verdict: Verdict, context: StepContext): Step {
  return checkInFailed(state, Math.max(state.failures + 1, FAILURES_BEFORE_LOCATE), verdict, context);
}

function checkInFailed(state: MachineState, failures: number, verdict: Verdict, context: StepContext): Step {
  const next = { ...state, failures, attempts: state.attempts + 1, hubsFailed: 0 };
  const delayMs = retryDelay(next, context);
  if (failures < FAILURES_BEFORE_LOCATE) {
    return { state: next, action: { kind: 'check-in', at: next.target, delayMs }, verdict };
  }
  return search(next, locateDelay(next, delayMs, context), verdict);
}

/** Not before its time if a hub has answered since: until then it would say the same. */
function locateDelay({ sinceLocateMs, ...state }: MachineState, firstMs: number, context: StepContext): number {
  if (sinceLocateMs === undefined) return firstMs;
  const { from, to } = state.locatesInVain === 1 ? LOCATE_SECOND : LOCATE_AGAIN;
  const againMs = capOf(state, context) * (from + (to - from) * context.random);
  return clamp(againMs - sinceLocateMs, 0);
}

/** It lives, and has said when to ask again; but there may be another. */
function hubIsBusy(state: MachineState, retryAfterMs: number, context: StepContext): Step {
  const hub = state.hubs[state.nextHub];
  if (!hub || state.hubBusy + 1 >= MAX_HUB_BUSY) return locateFailed(state, 'failed', context, retryAfterMs);
  const delayMs = throttleDelay(state, retryAfterMs, context);
  return {
    state: { ...state, hubBusy: state.hubBusy + 1 },
    action: { kind: 'locate', hub, delayMs },
    verdict: 'throttled',
  };
}

function locateFailed(state: MachineState, verdict: Verdict, context: StepContext, retryAfterMs?: number): Step {
  const next = {
    ...state,
    attempts: state.attempts + 1,
    nextHub: hubAfter(state),
    hubsFailed: state.hubsFailed + 1,
    hubBusy: 0,
  };
  // Another hub is asked soon: what the first has failed to say, it may know. Only a round of all of them widens the windows.
  const isLast = next.hubsFailed >= state.hubs.length;
  const delayMs = isLast ? retryDelay(next, context) : context.policy.baseMs * context.random;
  return search(next, Math.max(delayMs, clamp(retryAfterMs ?? 0, 0)), verdict);
}

/** Asks the next hub; when all have failed in a row, tries the servers themselves, by turns. */
function search(state: MachineState, delayMs: number, verdict: Verdict): Step {
  const hub = state.hubs[state.nextHub];
  if (hub && state.hubsFailed < state.hubs.length) {
    return { state, action: { kind: 'locate', hub, delayMs }, verdict };
  }
  const primary = state.candidate ?? state.owner;
  const fallback = state.candidate ? state.owner : state.previous;
  const target = fallback && samePlacement(state.target, primary) ? fallback : primary;
  return { state: { ...state, target, hubsFailed: 0 }, action: { kind: 'check-in', at: target, delayMs }, verdict };
}

function samePlacement(a: Placement, b: Placement): boolean {
  return a.epoch === b.epoch && sameEndpoint(a.endpoint, b.endpoint);
}

function hubAfter(state: MachineState): number {
  return state.hubs.length === 0 ? 0 : (state.nextHub + 1) % state.hubs.length;
}

function capOf({ intervalMs }: Pick<MachineState, 'intervalMs'>, { policy }: StepContext): number {
  return Math.max(policy.minCapMs, intervalMs ?? policy.maxCapMs);
}

/** `part`: of the cap. */
function retryDelay(state: MachineState, context: StepContext, part = 1): number {
  const policy = { baseMs: context.policy.baseMs, capMs: capOf(state, context) * part };
  return backoff(policy, Math.max(state.attempts - 1, 0), context.random);
}

/** Without a delay from the server: the upper half of the widest window. */
function throttleDelay(state: MachineState, retryAfterMs: number | undefined, context: StepContext): number {
  if (retryAfterMs === undefined) return capOf(state, context) * (0.5 + context.random / 2);
  return clamp(retryAfterMs * (1 + THROTTLE_JITTER * context.random), MIN_INTERVAL_MS);
}

function clamp(ms: number, min: number): number {
  return Math.min(Math.max(ms, min), MAX_DELAY_MS);
}
