/** How many envoys are in each status, as a bar; and what its colours mean. */
import { Link } from 'wouter';
import type { Compliance, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { complianceText, STATUS_PARTS, totalOf } from '../lib/compliance.ts';
import { count } from '../lib/numbers.ts';
import { lookOf } from '../lib/tones.ts';
import { Icon } from './icon.tsx';
import { toneClass } from './state-label.tsx';

export interface ComplianceBarProps {
  readonly compliance: Compliance | undefined;
  readonly thin?: boolean;
}

export function ComplianceBar({ compliance, thin = false }: ComplianceBarProps) {
  const text = complianceText(compliance);
  return (
    <div className={`compliance-bar${thin ? ' compliance-bar-thin' : ''}`} role="img" aria-label={text} title={text}>
      {compliance && totalOf(compliance) > 0 ? (
        STATUS_PARTS.filter(({ of }) => of(compliance) > 0).map(({ word, of }) => (
          <span
            key={word}
            className={`compliance-part ${toneClass(lookOf(word).tone)}`}
            style={{ flexGrow: of(compliance) }}
          />
        ))
      ) : (
        <span className="compliance-none" />
      )}
    </div>
  );
}

/** Only statuses that occur. */
export function ComplianceLegend({
  compliance,
  linkOf,
}: {
  readonly compliance: Compliance;
  readonly linkOf: (status: EnvoyStatus) => string;
}) {
  return (
    <ul className="legend">
      {STATUS_PARTS.filter(({ of }) => of(compliance) > 0).map(({ status, word, of }) => (
        <li key={word}>
          <Link href={linkOf(status)} className={`legend-item ${toneClass(lookOf(word).tone)}`}>
            <LegendMark state={word} />
            <strong>{count(of(compliance))}</strong> {word}
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function LegendMark({ state }: { readonly state: string }) {
  return (
    <span className="legend-mark" aria-hidden="true">
      <Icon name={lookOf(state).sign} />
    </span>
  );
}
