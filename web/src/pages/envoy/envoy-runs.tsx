/** Runs of an envoy: the last at once, older ones when asked for. */
import { useInfiniteQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { Run } from '../../../../src/gen/vigo/v1/types_pb.js';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Failure } from '../../ui/failure.tsx';
import { RunTable } from '../../ui/run-table.tsx';
import { Warnings } from '../../ui/warnings.tsx';

const PAGE = 50;

export function EnvoyRuns({ id, recent }: { readonly id: string; readonly recent: readonly Run[] }) {
  const [all, setAll] = useState(false);
  const query = useInfiniteQuery(
    AdminService.method.listRuns,
    { envoy: id, limit: PAGE, cursor: '' },
    { pageParamKey: 'cursor', getNextPageParam: ({ nextCursor }) => nextCursor || undefined, enabled: all },
  );
  const pages = query.data?.pages;
  const runs = pages?.flatMap((page) => page.runs) ?? recent;
  const more = !all || query.hasNextPage;
  return (
    <Card title="Runs" note="newest first" flush>
      {pages?.[0] && <Warnings warnings={pages[0].warnings} consequence="Runs that it keeps are not shown." />}
      <RunTable runs={runs} of="envoy" />
      {query.error && <Failure error={query.error} what="Older runs cannot be shown" onRetry={query.refetch} />}
      {more && runs.length > 0 && (
        <div className="table-foot">
          <Button small busy={query.isFetching} onClick={() => (all ? void query.fetchNextPage() : setAll(true))}>
            Older runs
          </Button>
        </div>
      )}
    </Card>
  );
}
