/** Follows a change of the CA until everybody has moved, also when the server is away for a moment: it goes on without us. */
import { VigoError } from '../fleet/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import { hasEverybodyMoved, type PkiJson } from './json/pki.ts';

export interface FollowRotationOptions {
  /** As it was when it began. */
  readonly begun: PkiJson;
  /** How it stands now. */
  readonly look: () => Promise<PkiJson>;
  readonly clock: Clock;
  /** Aborts: stop following. */
  readonly signal: AbortSignal;
  readonly onNews: (news: PkiJson) => void;
}

/** Agents come at their check-ins, so there is no hurry; each look costs a hub of 100,000 envoys some 150 ms. */
const LOOK_EVERY_MS = 5_000;
/** About a minute for a server to come back. */
const MAX_FAILURES = 12;

/** What was last known. Throws what is not the connection's fault, and the last failure when the server stays away. */
export async function followRotation(options: FollowRotationOptions): Promise<PkiJson> {
  const { clock, signal, onNews } = options;
  let pki = options.begun;
  let failures = 0;
  onNews(pki);
  // Somebody else may have finished it.
  while (pki.formerCa && !hasEverybodyMoved(pki)) {
    await sleep(clock, LOOK_EVERY_MS, signal);
    if (signal.aborted) return pki;
    try {
      pki = await options.look();
      failures = 0;
      onNews(pki);
    } catch (error) {
      const away = error instanceof VigoError && ['unavailable', 'deadline_exceeded'].includes(error.kind);
      if (!away || ++failures >= MAX_FAILURES) throw error;
    }
  }
  return pki;
}
