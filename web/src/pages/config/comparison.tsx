/** Two versions beside each other. */
import type { ConfigVersion } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { shortVersion } from '../../lib/short-version.ts';
import { Card } from '../../ui/card.tsx';
import { ConfigDiff } from '../../ui/config-diff.tsx';
import { SelectField } from '../../ui/field.tsx';
import './comparison.css';

export interface ComparisonProps {
  readonly versions: readonly ConfigVersion[];
  readonly from: string;
  readonly to: string;
  readonly onChange: (from: string, to: string) => void;
}

export function Comparison({ versions, from, to, onChange }: ComparisonProps) {
  return (
    <div id="comparison">
      <Card title="Differences">
        <div className="form">
          <div className="form-row comparison-choice">
            <VersionSelect
              label="From"
              empty="the empty tree"
              versions={versions}
              value={from}
              onChange={(version) => onChange(version, to)}
            />
            <VersionSelect label="To" versions={versions} value={to} onChange={(version) => onChange(from, version)} />
          </div>
          <ConfigDiff from={from} to={to} />
        </div>
      </Card>
    </div>
  );
}

interface VersionSelectProps {
  readonly label: string;
  /** What no version means; undefined: one must be chosen. */
  readonly empty?: string;
  readonly versions: readonly ConfigVersion[];
  readonly value: string;
  readonly onChange: (version: string) => void;
}

function VersionSelect({ label, empty, versions, value, onChange }: VersionSelectProps) {
  // A rollback publishes a version that the history has already.
  const distinct = [...new Map(versions.toReversed().map((each) => [each.version, each])).values()].toReversed();
  const isListed = value === '' || distinct.some(({ version }) => version === value);
  return (
    <SelectField label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      {empty && <option value="">{empty}</option>}
      {!isListed && <option value={value}>{shortVersion(value)}</option>}
      {distinct.map(({ version, number, current, message }) => (
        <option key={version} value={version}>
          {[`${number}: ${shortVersion(version)}`, current && 'current', message].filter(Boolean).join(' · ')}
        </option>
      ))}
    </SelectField>
  );
}
