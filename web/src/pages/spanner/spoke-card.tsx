/** One spoke among all. */
import { Link } from 'wouter';
import type { Spoke } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { totalOf } from '../../lib/compliance.ts';
import { envoysLink } from '../../lib/envoy-filters.ts';
import { count, percent } from '../../lib/numbers.ts';
import { spokePath } from '../../lib/paths.ts';
import { shortVersion } from '../../lib/short-version.ts';
import { eligibilityWord, healthWord } from '../../lib/words.ts';
import { ComplianceBar, ComplianceLegend } from '../../ui/compliance-bar.tsx';
import { Facts } from '../../ui/facts.tsx';
import { LatencyCell } from '../../ui/latency-cell.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Age, Time } from '../../ui/time.tsx';

export function SpokeCard({ spoke }: { readonly spoke: Spoke }) {
  const { id, online, health, eligibility, reason, compliance } = spoke;
  return (
    <article className="card spoke-card" data-offline={!online || undefined} aria-label={`Spoke ${id}`}>
      <div className="spoke-head">
        <h2>
          <Link href={spokePath(id)}>{id}</Link>
        </h2>
        <StateLabel state={online ? 'online' : 'offline'} badge />
        <StateLabel state={healthWord(health)} badge>
          {healthWord(health)} {spoke.healthSince && <Age since={spoke.healthSince} />}
        </StateLabel>
        <StateLabel state={eligibilityWord(eligibility)} badge />
        {spoke.configBehind && (
          <StateLabel state="behind" badge>
            config behind
          </StateLabel>
        )}
        {reason && <p className="spoke-reason">{reason}</p>}
      </div>
      <div className="spoke-parts">
        <div className="spoke-compliance">
          <p>
            <strong>{percent(compliance?.converged ?? 0, totalOf(compliance)) ?? '–'}</strong>
            <span className="secondary">
              {' '}
              converged of <Link href={envoysLink({ spoke: id })}>{count(spoke.envoyCount)} envoys</Link>
            </span>
          </p>
          <ComplianceBar compliance={compliance} thin />
          {compliance && (
            <ComplianceLegend
              compliance={compliance}
              linkOf={(status) => envoysLink({ spoke: id, statuses: [status] })}
            />
          )}
        </div>
        <LatencyCell latency={spoke.latency} />
        <SpokeCardFacts spoke={spoke} />
      </div>
    </article>
  );
}

function SpokeCardFacts({ spoke }: { readonly spoke: Spoke }) {
  return (
    <Facts
      facts={[
        ['Last probe', <Time at={spoke.lastProbeAt} />],
        ['Last report', <Time at={spoke.lastReportAt} />],
        ['Reports to', spoke.hubAddress && <span className="mono">{spoke.hubAddress}</span>],
        [
          'Config',
          <>
            <code>{shortVersion(spoke.configVersion)}</code>
            {spoke.configVersion && (
              <span className="muted">{spoke.configBehind ? ' not the newest' : ' the newest'}</span>
            )}
          </>,
        ],
        ['To be told', spoke.pendingNotices > 0 && `${count(spoke.pendingNotices)} notices`],
      ]}
    />
  );
}
