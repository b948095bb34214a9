/** All spokes, and what holds a failover back. */
import { useQuery } from '@connectrpc/connect-query';
import { Link } from 'wouter';
import { AdminService, type GetSpannerStatusResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { MoveStarter } from '../../actions/move-starter.tsx';
import { counted } from '../../lib/numbers.ts';
import { buttonClass } from '../../ui/button.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Queried } from '../../ui/queried.tsx';
import { AdminActions } from '../../ui/read-only.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { FailoverState } from './failover-state.tsx';
import './spanner.css';
import { SpokeCard } from './spoke-card.tsx';

export function Spanner() {
  const query = useQuery(AdminService.method.getSpannerStatus, {});
  return (
    <>
      <PageHead
        title="Spanner"
        note={query.data ? noteOf(query.data) : 'Which spoke serves which envoys'}
        actions={
          <>
            <Link href="/spanner/moves" className={buttonClass()}>
              Moves
            </Link>
            <AdminActions>
              <MoveStarter />
            </AdminActions>
          </>
        }
      />
      <Queried query={query} what="The spokes cannot be shown" placeholder={<Placeholder />}>
        {(status) => (
          <div className="stack">
            <FailoverState status={status} />
            <ul className="stack">
              {status.spokes.map((spoke) => (
                <li key={spoke.id}>
                  <SpokeCard spoke={spoke} />
                </li>
              ))}
            </ul>
          </div>
        )}
      </Queried>
    </>
  );
}

function noteOf({ spokes, role }: GetSpannerStatusResponse): string {
  const offline = spokes.filter(({ online }) => !online).length;
  const all = role === 'standalone' ? 'A standalone server: one spoke in itself' : counted(spokes.length, 'spoke');
  return offline === 0 ? `${all}, all online` : `${all}, ${offline} offline`;
}

function Placeholder() {
  return (
    <div className="stack">
      {['a', 'b', 'c'].map((name) => (
        <Skeleton key={name} height="176px" />
      ))}
    </div>
  );
}
