/** The fleet's certificates for people. */
import { type CaJson, hasEverybodyMoved, type LeafJson, type PkiJson, type SpokePkiJson } from '../json/pki.ts';
import { renderDetails } from './details.ts';
import { renderTable, type TableOptions } from './table.ts';
import type { Column } from './table-layout.ts';
import { relative } from './time.ts';

const SHORT_DIGEST = 16;
const SHOWN_LEFT = 10;

export type PkiTableOptions = TableOptions & {
  /** Milliseconds since 1970 UTC, for ages. */
  readonly now: number;
};

export function renderPki(pki: PkiJson, options: PkiTableOptions): string {
  const { style, now } = options;
  const parts = [
    renderDetails(
      [
        ['fleet', pki.trustDomain],
        ['CA', pki.ca && caText(pki.ca, now)],
        ['CA before', pki.formerCa && `${caText(pki.formerCa, now)}; trusted until the rotation is finished`],
        ['hub', pki.hub && leafText(pki.hub, now)],
      ],
      style,
    ),
  ];
  if (pki.spokes.length > 0) parts.push(renderTable(columns(pki, now), pki.spokes, options));
  if (pki.formerCa) parts.push(rotationText(pki, options));
  return parts.join('\n\n');
}

/** "37/50 envoys, 2/2 spokes have moved" */
export function movedText({ spokes, envoys, envoysMoved }: PkiJson): string {
  const there = spokes.filter(({ moved }) => moved).length;
  const of = spokes.length > 0 ? `, ${there}/${spokes.length} spokes` : '';
  return `${envoysMoved}/${envoys} envoys${of} have moved to the new CA`;
}

function rotationText(pki: PkiJson, { style }: TableOptions): string {
  if (hasEverybodyMoved(pki)) {
    return `${movedText(pki)}: end the trust in the one before with "vigocli pki rotate-ca --finish"`;
  }
  const spokes = pki.spokes.filter(({ moved }) => !moved).map(({ id }) => id);
  const named = pki.envoysLeft.slice(0, SHOWN_LEFT);
  const more = pki.envoys - pki.envoysMoved - named.length;
  const lines = [style('yellow', movedText(pki))];
  if (spokes.length > 0) lines.push(`not yet: spokes ${spokes.join(', ')}`);
  if (named.length > 0) lines.push(`not yet: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`);
  return lines.join('\n');
}

const caText = ({ sha256, endsAt }: CaJson, now: number): string =>
  `${sha256.slice(0, SHORT_DIGEST)}, ends ${relative(endsAt, now)}`;

const leafText = ({ endsAt, renewsAt }: LeafJson, now: number): string =>
  `renews itself ${relative(renewsAt, now)}, ends ${relative(endsAt, now)}`;

function columns(pki: PkiJson, now: number): Column<SpokePkiJson>[] {
  const moved: Column<SpokePkiJson> = { title: 'NEW CA', value: ({ moved }) => (moved ? 'yes' : 'not yet') };
  return [
    { title: 'SPOKE', value: ({ id }) => id, expendable: 0, min: 8 },
    { title: 'RENEWS', value: ({ certificate }) => (certificate ? relative(certificate.renewsAt, now) : '-') },
    { title: 'ENDS', value: ({ certificate }) => (certificate ? relative(certificate.endsAt, now) : '-') },
    ...(pki.formerCa ? [moved] : []),
    { title: 'TROUBLE', value: ({ failure }) => failure ?? '', expendable: 1, min: 10 },
  ];
}
