/** One envoy: how it is, what it is, where it has been, what it did. */
import { useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { AdminService, type GetEnvoyResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { Envoy } from '../../../../src/gen/vigo/v1/types_pb.js';
import { RevokeEnvoyDialog } from '../../actions/revoke-envoy-dialog.tsx';
import { statusWord } from '../../lib/words.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Queried } from '../../ui/queried.tsx';
import { AdminActions } from '../../ui/read-only.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Warnings } from '../../ui/warnings.tsx';
import { EnvoyFacts } from './envoy-facts.tsx';
import { EnvoyRuns } from './envoy-runs.tsx';
import { Placements } from './placements.tsx';
import { Traits } from './traits.tsx';

const CRUMBS = [{ href: '/envoys', name: 'Envoys' }];

export function EnvoyPage({ id }: { readonly id: string }) {
  const query = useQuery(AdminService.method.getEnvoy, { envoy: id });
  const envoy = query.data?.envoy;
  return (
    <>
      <PageHead
        title={envoy?.hostname ?? id}
        crumbs={CRUMBS}
        badge={
          envoy && (
            <StateLabel state={statusWord(envoy.status)} badge>
              {`${statusWord(envoy.status)}${envoy.stale ? ' (stale)' : ''}`}
            </StateLabel>
          )
        }
        actions={envoy && <Actions envoy={envoy} />}
      />
      <Queried query={query} what="The envoy cannot be shown">
        {(data) => <Details data={data} />}
      </Queried>
    </>
  );
}

function Details({ data }: { readonly data: GetEnvoyResponse }) {
  const { envoy, traits, placements, warnings, recentRuns, moveId } = data;
  return (
    <div className="stack">
      <Warnings warnings={warnings} consequence="What is shown is what the hub last knew." />
      <div className="columns columns-even">
        <Card title="Envoy">{envoy && <EnvoyFacts envoy={envoy} moveId={moveId} />}</Card>
        <Card title="Placement" flush>
          <Placements placements={placements} />
        </Card>
      </div>
      <EnvoyRuns id={envoy?.id ?? ''} recent={recentRuns} />
      <Traits traits={traits} />
    </div>
  );
}

function Actions({ envoy }: { readonly envoy: Envoy }) {
  const [revoking, setRevoking] = useState(false);
  const [, navigate] = useLocation();
  return (
    <AdminActions>
      <Button onClick={() => setRevoking(true)}>Revoke …</Button>
      {revoking && (
        <RevokeEnvoyDialog envoy={envoy} onRevoked={() => navigate('/envoys')} onClose={() => setRevoking(false)} />
      )}
    </AdminActions>
  );
}
