/** When a certificate is to be replaced, and why: the same rule for hubs, spokes and envoys. */

/** The life of a certificate, milliseconds since 1970 UTC. */
export interface CertificateLife {
  readonly issuedAt: number;
  readonly endsAt: number;
}

/** A certificate and whom its holder trusts. */
export interface HeldCertificate extends CertificateLife {
  /** It was signed by the CA that signs now. */
  readonly byCurrentCa: boolean;
  /** Its holder trusts exactly the CAs that are to be trusted now. */
  readonly trustsCurrent: boolean;
}

export type RenewalReason = 'ca' | 'trust' | 'age';

/** As long as a third is left: with yearly certificates, four months in which a renewal may fail before it hurts. */
const RENEW_AT = 2 / 3;

/** When two thirds of its life are over, milliseconds since 1970 UTC. */
export function renewsAt({ issuedAt, endsAt }: CertificateLife): number {
  return issuedAt + (endsAt - issuedAt) * RENEW_AT;
}

/** Undefined as long as it is good. `now`: milliseconds since 1970 UTC. */
export function renewalDue(held: HeldCertificate, now: number): RenewalReason | undefined {
  if (!held.byCurrentCa) return 'ca';
  if (!held.trustsCurrent) return 'trust';
  return now >= renewsAt(held) ? 'age' : undefined;
}
