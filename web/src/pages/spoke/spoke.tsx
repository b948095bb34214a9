/** One spoke: how it and its envoys are and have been, and what can be done with it. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService, type GetSpokeResponse, type Spoke } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { SpokeActions } from '../../actions/spoke-actions.tsx';
import { healthWord } from '../../lib/words.ts';
import { Card } from '../../ui/card.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Queried } from '../../ui/queried.tsx';
import { RunTable } from '../../ui/run-table.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Warnings } from '../../ui/warnings.tsx';
import { SpokeCompliance } from './spoke-compliance.tsx';
import { SpokeEnvoys } from './spoke-envoys.tsx';
import { SpokeFacts } from './spoke-facts.tsx';
import { SpokeLatency } from './spoke-latency.tsx';
import { SpokeMoves } from './spoke-moves.tsx';

const CRUMBS = [{ href: '/spanner', name: 'Spanner' }];

export function SpokePage({ id }: { readonly id: string }) {
  const query = useQuery(AdminService.method.getSpoke, { id });
  const spoke = query.data?.spoke;
  return (
    <>
      <PageHead
        title={id}
        crumbs={CRUMBS}
        badge={spoke && <StateLabel state={spoke.online ? 'online' : 'offline'} badge />}
        note={spoke ? noteOf(spoke) : undefined}
        actions={spoke && <SpokeActions spoke={spoke} />}
      />
      <Queried query={query} what="The spoke cannot be shown">
        {(data) => <Details id={id} data={data} />}
      </Queried>
    </>
  );
}

const noteOf = ({ health, reason, patterns }: Spoke): string =>
  [healthWord(health), reason, patterns.join(', ')].filter(Boolean).join(' · ');

function Details({ id, data }: { readonly id: string; readonly data: GetSpokeResponse }) {
  const { spoke, envoys, warnings, recentRuns } = data;
  return (
    <div className="stack">
      <Warnings
        warnings={warnings}
        consequence="Its envoys are listed as the hub last knew them; its runs are not shown."
      />
      <div className="columns">
        <div className="stack">
          {spoke && <SpokeCompliance spoke={spoke} />}
          <SpokeLatency id={id} latency={spoke?.latency} />
        </div>
        <Card title="Spoke">{spoke && <SpokeFacts spoke={spoke} />}</Card>
      </div>
      <Card title="Recent runs" note="newest first" flush>
        <RunTable runs={recentRuns} of="spoke" />
      </Card>
      <SpokeEnvoys id={id} envoys={envoys} total={spoke?.envoyCount ?? envoys.length} />
      <SpokeMoves id={id} />
    </div>
  );
}
