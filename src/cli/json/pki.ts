/** The fleet's certificates in JSON output. */
import type { CaCertificate, LeafCertificate, Pki, SpokePki } from '../../gen/vigo/v1/pki_pb.js';
import { isoOf, textOrNull } from './time.ts';

export interface CaJson {
  /** SHA-256 of its DER, which tokens pin. */
  readonly sha256: string;
  readonly beginsAt: string | null;
  readonly endsAt: string | null;
}

export interface LeafJson {
  readonly issuedAt: string | null;
  readonly endsAt: string | null;
  /** When it renews itself. */
  readonly renewsAt: string | null;
}

export interface SpokePkiJson {
  readonly id: string;
  /** Null if the spoke has not answered yet. */
  readonly certificate: LeafJson | null;
  /** It has a certificate of the CA that signs, and trusts whom it is to trust. */
  readonly moved: boolean;
  /** Why it could not be given its certificate. */
  readonly failure: string | null;
}

export interface PkiJson {
  readonly trustDomain: string;
  readonly ca: CaJson | null;
  /** Null unless one CA takes over from another. */
  readonly formerCa: CaJson | null;
  readonly hub: LeafJson | null;
  readonly spokes: readonly SpokePkiJson[];
  readonly envoys: number;
  /** Those that have confirmed a certificate of the CA that signs. */
  readonly envoysMoved: number;
  /** Host names of the first hundred others. */
  readonly envoysLeft: readonly string[];
}

export function pkiJson(pki: Pki): PkiJson {
  return {
    trustDomain: pki.trustDomain,
    ca: pki.ca ? caJson(pki.ca) : null,
    formerCa: pki.formerCa ? caJson(pki.formerCa) : null,
    hub: pki.hub ? leafJson(pki.hub) : null,
    spokes: pki.spokes.map(spokeJson),
    envoys: pki.envoys,
    envoysMoved: pki.envoysMoved,
    envoysLeft: pki.envoysLeft,
  };
}

/** Whether nobody is left with the CA before. */
export function hasEverybodyMoved({ spokes, envoysLeft }: PkiJson): boolean {
  return envoysLeft.length === 0 && spokes.every(({ moved }) => moved);
}

const caJson = ({ sha256, beginsAt, endsAt }: CaCertificate): CaJson => ({
  sha256,
  beginsAt: isoOf(beginsAt),
  endsAt: isoOf(endsAt),
});

const leafJson = ({ issuedAt, endsAt, renewsAt }: LeafCertificate): LeafJson => ({
  issuedAt: isoOf(issuedAt),
  endsAt: isoOf(endsAt),
  renewsAt: isoOf(renewsAt),
});

const spokeJson = ({ id, certificate, moved, failure }: SpokePki): SpokePkiJson => ({
  id,
  certificate: certificate ? leafJson(certificate) : null,
  moved,
  failure: textOrNull(failure),
});
