/** The journal: what moved, when, why, by whom. */

import { useInfiniteQuery } from '@connectrpc/connect-query';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { MoveStarter } from '../../actions/move-starter.tsx';
import { count } from '../../lib/numbers.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { MoveTable } from '../../ui/move-table.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { AdminActions } from '../../ui/read-only.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';

const PAGE = 50;

export function Moves() {
  const query = useInfiniteQuery(
    AdminService.method.listMoves,
    { limit: PAGE, before: '' },
    { pageParamKey: 'before', getNextPageParam: ({ moves }) => (moves.length < PAGE ? undefined : moves.at(-1)?.id) },
  );
  const moves = query.data?.pages.flatMap((page) => page.moves);
  return (
    <>
      <PageHead
        title="Moves"
        note="Reassigned, drained, failed over, rebalanced: newest first"
        actions={
          <AdminActions>
            <MoveStarter />
          </AdminActions>
        }
      />
      <div className="stack">
        {query.error && <Failure error={query.error} what="The moves cannot be shown" onRetry={query.refetch} />}
        <div className="card">
          {!moves && !query.error && <SkeletonRows rows={8} />}
          {moves?.length === 0 && (
            <Empty icon="moves" title="Nothing has moved yet">
              <p>
                A drain empties a spoke, for example before its disks are changed. A rebalance sends envoys home again.
              </p>
            </Empty>
          )}
          {moves && moves.length > 0 && (
            <>
              <MoveTable moves={moves} />
              <div className="table-foot">
                {count(moves.length)} shown
                {query.hasNextPage && (
                  <Button small busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    Older moves
                  </Button>
                )}
              </div>
            </>
          )}
        </div>
      </div>
    </>
  );
}
