/** When it is worth saying that envoys of a spoke have fallen silent: when there are more of them, once in a while. */

export interface StaleEnvoys {
  /** Offline envoys that have been said already, or have been there before. */
  readonly known: number;
  /** When it was said last, milliseconds on the clock of `now`; undefined: never. */
  readonly saidAt: number | undefined;
}

export interface StaleVerdict {
  readonly state: StaleEnvoys;
  /** How many more there are than were known; 0: there is nothing to say. */
  readonly more: number;
}

/** Envoys that fall silent together are one piece of news. */
const QUIET_MS = 60_000;

/** `state`: undefined when the spoke is heard of for the first time: who is silent then is no news. */
export function noteOffline(state: StaleEnvoys | undefined, offline: number, now: number): StaleVerdict {
  if (!state || offline <= state.known) return { state: { known: offline, saidAt: state?.saidAt }, more: 0 };
  if (state.saidAt !== undefined && now - state.saidAt < QUIET_MS) return { state, more: 0 };
  return { state: { known: offline, saidAt: now }, more: offline - state.known };
}
