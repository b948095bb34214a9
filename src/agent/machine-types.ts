/** What the check-in machine speaks of: what an agent knows, what happens to it, what it does next. */
import type { AgentEndpoint } from './endpoint.ts';

/** Failures in a row at one server after which the agent asks a hub. */
export const FAILURES_BEFORE_LOCATE = 3;

/** A server and the epoch under which it serves the envoy. */
export interface Placement {
  readonly endpoint: AgentEndpoint;
  readonly epoch: number;
}

export interface MachineState {
  /** Where a check-in last succeeded; durable. */
  readonly owner: Placement;
  /** The owner before; durable. Asked when nobody else answers. */
  readonly previous: Placement | undefined;
  /** Named by a redirect or a hub; no check-in has succeeded there yet. */
  readonly candidate: Placement | undefined;
  /** Where the next check-in goes, or the last one went. */
  readonly target: Placement;
  readonly hubs: readonly AgentEndpoint[];
  /** Index of the hub that is asked next. */
  readonly nextHub: number;
  /** Hubs that have failed since the last check-in. */
  readonly hubsFailed: number;
  /** Failures in a row since the target became known; decides about Locate. */
  readonly failures: number;
  /** Failures of any kind since the last success; widens the backoff. */
  readonly attempts: number;
  /** Redirects followed since the last success or Locate. */
  readonly redirects: number;
  /** The interval that a server last gave, milliseconds. */
  readonly intervalMs: number | undefined;
  /** Since a hub has named the server that fails, milliseconds; undefined if none has since the last success. */
  readonly sinceLocateMs: number | undefined;
  /** How often hubs have named the server that fails since the last success. */
  readonly locatesInVain: number;
  /** Times in a row that the hub asked was too busy to answer. */
  readonly hubBusy: number;
}

export type MachineEvent =
  | { type: 'checked-in'; epoch: number; nextAfterMs: number }
  | { type: 'redirected'; placement: Placement | undefined; nextAfterMs: number }
  | { type: 'check-in-failed' }
  | { type: 'not-known' }
  | { type: 'throttled'; retryAfterMs: number | undefined }
  | { type: 'located'; placement: Placement | undefined; nextAfterMs: number }
  | { type: 'locate-failed'; retryAfterMs?: number | undefined };

export type AgentAction =
  | { readonly kind: 'check-in'; readonly at: Placement; readonly delayMs: number }
  | { readonly kind: 'locate'; readonly hub: AgentEndpoint; readonly delayMs: number };

/** What the event meant; "ignored": it named an older epoch, the server that had just answered, or no server at all. */
export type Verdict = 'served' | 'outdated' | 'redirected' | 'located' | 'ignored' | 'throttled' | 'failed';

export interface Step {
  readonly state: MachineState;
  readonly action: AgentAction;
  readonly verdict: Verdict;
}

/**
 * How failed calls are spread. The cap is the check-in interval: an agent that is not served calls no more often than one that
 * is, so that a fleet whose spoke has died does not ask for more than it did before.
 */
export interface RetryPolicy {
  /** First window, milliseconds. */
  readonly baseMs: number;
  /** The cap is the last interval, but not below this, milliseconds. */
  readonly minCapMs: number;
  /** The cap as long as no interval is known, milliseconds; one that a server has told may be longer. */
  readonly maxCapMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { baseMs: 1_000, minCapMs: 5_000, maxCapMs: 60_000 };

/** Time, chance and policy, handed in so that the machine stays pure. */
export interface StepContext {
  /** In [0, 1). */
  readonly random: number;
  readonly policy: RetryPolicy;
  /** How long the call took, milliseconds; default 0. */
  readonly tookMs?: number;
}
