/** How much of the fleet is as it should be. */
import type { GetOverviewResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { totalOf } from '../../lib/compliance.ts';
import { envoysLink } from '../../lib/envoy-filters.ts';
import { count, percent } from '../../lib/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { ComplianceBar, ComplianceLegend } from '../../ui/compliance-bar.tsx';

export function FleetCompliance({ overview }: { readonly overview: GetOverviewResponse }) {
  const { compliance } = overview;
  const total = totalOf(compliance);
  return (
    <Card title="Compliance">
      <div className="compliance">
        <p className="compliance-share">
          <strong>{percent(compliance?.converged ?? 0, total) ?? '–'}</strong>
          <span className="secondary">
            {count(compliance?.converged ?? 0)} of {count(total)} envoys converged
          </span>
        </p>
        <ComplianceBar compliance={compliance} />
        {compliance && (
          <ComplianceLegend compliance={compliance} linkOf={(status) => envoysLink({ statuses: [status] })} />
        )}
      </div>
    </Card>
  );
}
