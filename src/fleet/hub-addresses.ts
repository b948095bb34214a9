/**
 * Which of its hub addresses a spoke reports to: a pure state machine fed by what came of each attempt.
 *
 *             ┌─reported─┐        ┌─1st and 2nd failure in a row: the same address, with the next report
 *             ▼          │        ▼  │
 *            settled on one address ─┘
 *             ▲          │
 *     reported│          │3rd failure in a row
 *             │          ▼
 *            searching: every address once, one after the other, each at once; a whole round in vain waits for the next report
 *
 * A hub that says that another one leads sends the spoke there at once, settled or searching, if that address is in the list
 * and was not tried for this report; everything else that it may say is a failure. No address is tried twice for one report,
 * so hubs that name each other make no circle, and a report costs as many attempts as there are addresses at most.
 */

/** As the documentation of fallback addresses promises. */
export const FAILURES_BEFORE_SEARCH = 3;

export interface HubAddressState {
  /** The only ones that are ever used, each once, the first tried first. */
  readonly addresses: readonly string[];
  /** Of the next attempt. */
  readonly current: string;
  /** Attempts in a row that failed; one that named a leader in the list is not among them. */
  readonly failures: number;
  /** Tried for this report, in vain. */
  readonly tried: readonly string[];
}

export type HubAddressEvent =
  | { readonly type: 'reported' }
  | { readonly type: 'failed' }
  /** `leader`: "host:port" of the hub that leads, as the one that does not names it. */
  | { readonly type: 'not-leader'; readonly leader: string };

export interface HubAddressStep {
  readonly state: HubAddressState;
  /** When to try `state.current`. */
  readonly next: 'at-once' | 'when-due';
}

/** Host names are the same in any case; twice the same address is one. */
export function initialHubAddresses(primary: string, fallbacks: readonly string[]): HubAddressState {
  const all = [primary, ...fallbacks];
  const addresses = all.filter((address, i) => all.findIndex((other) => isSame(other, address)) === i);
  return { addresses, current: primary, failures: 0, tried: [] };
}

/** No address is known to take reports: they are all tried in turn. */
export function isSearching({ failures }: HubAddressState): boolean {
  return failures >= FAILURES_BEFORE_SEARCH;
}

/** `event`: what came of the attempt at `state.current`. */
export function nextHubAddress(state: HubAddressState, event: HubAddressEvent): HubAddressStep {
  if (event.type === 'reported') return whenDue({ ...state, failures: 0 }, state.current);
  const tried = [...state.tried, state.current];
  if (event.type === 'not-leader') {
    const leader = state.addresses.find((address) => isSame(address, event.leader) && !tried.includes(address));
    if (leader !== undefined) return { state: { ...state, current: leader, tried }, next: 'at-once' };
  }
  const failed = { ...state, failures: state.failures + 1, tried };
  if (!isSearching(failed)) return whenDue(failed, state.current);
  const following = inTurn(failed);
  const untried = following.find((address) => !tried.includes(address));
  if (untried !== undefined) return { state: { ...failed, current: untried }, next: 'at-once' };
  return whenDue(failed, following[0] ?? state.current);
}

const whenDue = (state: HubAddressState, current: string): HubAddressStep => ({
  state: { ...state, current, tried: [] },
  next: 'when-due',
});

/** All addresses, beginning with the one behind the current. */
function inTurn({ addresses, current }: HubAddressState): string[] {
  const behind = addresses.indexOf(current) + 1;
  return [...addresses.slice(behind), ...addresses.slice(0, behind)];
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
