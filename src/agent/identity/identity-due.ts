/** What an agent has to do about its certificate: a pure function of what it has, what it was told, and what it has tried. */
import { type CertificateLife, renewalDue } from '../../fleet/certificate-renewal.ts';

export interface IdentityFacts {
  readonly life: CertificateLife;
  /** The first of the CAs that the agent trusts has signed it. */
  readonly byCurrentCa: boolean;
  /** Of the CAs that the agent trusts. */
  readonly trustTag: number;
  /** The hub knows that it is here. */
  readonly confirmed: boolean;
}

export interface IdentityTries {
  /** Tag of other CAs that a server named at the last check-in; 0 if it trusts the same. */
  readonly toldTag: number;
  /** A tag that a server named although the hub has other CAs, and until when the hub is not asked about it again. */
  readonly settled: { readonly tag: number; readonly until: number };
  /** Before this nothing is tried, milliseconds since 1970 UTC: the last try failed. */
  readonly notBefore: number;
}

export type IdentityTask = 'renew' | 'confirm';

/** `now`: milliseconds since 1970 UTC. */
export function identityTask(facts: IdentityFacts, tries: IdentityTries, now: number): IdentityTask | undefined {
  if (now < tries.notBefore) return undefined;
  const { toldTag, settled } = tries;
  const isSettled = toldTag === settled.tag && now < settled.until;
  const trustsCurrent = toldTag === 0 || toldTag === facts.trustTag || isSettled;
  const due = renewalDue({ ...facts.life, byCurrentCa: facts.byCurrentCa, trustsCurrent }, now);
  if (due) return 'renew';
  return facts.confirmed ? undefined : 'confirm';
}

/** First pause after a failure, and the longest: certificates have months, and a hub that was away has much to do. */
const PAUSE_MS = { first: 2_000, longest: 600_000 };

/** Pause after so many failures in a row, milliseconds; `random` in [0, 1) spreads those who failed together. */
export function pauseAfter(failures: number, random: number): number {
  const window = Math.min(PAUSE_MS.longest, PAUSE_MS.first * 2 ** Math.min(failures, 20));
  return window * (0.5 + random / 2);
}
