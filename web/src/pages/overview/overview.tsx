/** The fleet at a glance: how it is, what wants looking at, what goes on. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService, type GetOverviewResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { useMe } from '../../api/me.ts';
import { counted } from '../../lib/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Queried } from '../../ui/queried.tsx';
import { AttentionList } from './attention-list.tsx';
import { FirstSteps } from './first-steps.tsx';
import { FleetCompliance } from './fleet-compliance.tsx';
import { FleetHistory } from './fleet-history.tsx';
import { KeyFigures } from './key-figures.tsx';
import './overview.css';
import { OverviewPlaceholder } from './overview-placeholder.tsx';
import { RunningMoves } from './running-moves.tsx';
import { SpokesGlance } from './spokes-glance.tsx';

export function Overview() {
  const query = useQuery(AdminService.method.getOverview, {});
  const me = useMe();
  const note = query.data
    ? `${me.serverHostname} · ${query.data.role} · ${counted(query.data.spokes.length, 'spoke')}`
    : me.serverHostname;
  return (
    <>
      <PageHead title="Overview" note={note} />
      <Queried query={query} what="The fleet cannot be shown" placeholder={<OverviewPlaceholder />}>
        {(overview) => (overview.envoys === 0 ? <EmptyFleet overview={overview} /> : <Fleet overview={overview} />)}
      </Queried>
    </>
  );
}

function Fleet({ overview }: { readonly overview: GetOverviewResponse }) {
  return (
    <div className="stack">
      <KeyFigures overview={overview} />
      <div className="columns overview-columns">
        <div className="stack">
          <AttentionList attention={overview.attention} />
          <RunningMoves moves={overview.runningMoves} />
        </div>
        <div className="stack">
          <FleetCompliance overview={overview} />
          <FleetHistory />
        </div>
      </div>
      <SpokesGlance spokes={overview.spokes} />
    </div>
  );
}

function EmptyFleet({ overview }: { readonly overview: GetOverviewResponse }) {
  return (
    <div className="stack">
      <Card title="The first envoy">
        <FirstSteps />
      </Card>
      {overview.attention.length > 0 && <AttentionList attention={overview.attention} />}
      <SpokesGlance spokes={overview.spokes} />
    </div>
  );
}
