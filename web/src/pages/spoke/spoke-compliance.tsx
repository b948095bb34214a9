/** How the envoys of a spoke are and have been. */
import { useState } from 'react';
import type { Spoke } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { totalOf } from '../../lib/compliance.ts';
import { envoysLink } from '../../lib/envoy-filters.ts';
import { count, percent } from '../../lib/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { ComplianceBar, ComplianceLegend } from '../../ui/compliance-bar.tsx';
import { ComplianceHistory, type HistoryRange, HistoryRangeChoice } from '../../ui/compliance-history.tsx';
import './spoke.css';

export function SpokeCompliance({ spoke }: { readonly spoke: Spoke }) {
  const [range, setRange] = useState<HistoryRange>('day');
  const { id, compliance } = spoke;
  const total = totalOf(compliance);
  return (
    <Card title="Compliance" actions={<HistoryRangeChoice value={range} onChange={setRange} />}>
      <div className="spoke-page-compliance">
        <p>
          <strong>{percent(compliance?.converged ?? 0, total) ?? '–'}</strong>
          <span className="secondary"> of {count(total)} envoys converged</span>
        </p>
        <ComplianceBar compliance={compliance} />
        {compliance && (
          <ComplianceLegend
            compliance={compliance}
            linkOf={(status) => envoysLink({ spoke: id, statuses: [status] })}
          />
        )}
        {total > 0 && <ComplianceHistory spoke={id} range={range} trouble />}
      </div>
    </Card>
  );
}
