/** Who did what, when, from where; and whether nobody has edited that. */
import { useInfiniteQuery } from '@connectrpc/connect-query';
import { useSearchParams } from 'wouter';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { readAuditFilters, writeAuditFilters } from '../../lib/audit-filters.ts';
import { count } from '../../lib/numbers.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { AuditFilterBar } from './audit-filter-bar.tsx';
import { AuditTable } from './audit-table.tsx';
import { useVerify, VerifyButton, VerifyResult } from './verify.tsx';

const PAGE = 100;

export function Audit() {
  const [params, setParams] = useSearchParams();
  const filters = readAuditFilters(params);
  const verify = useVerify();
  const query = useInfiniteQuery(
    AdminService.method.listAudit,
    { ...filters, limit: PAGE, before: 0 },
    {
      pageParamKey: 'before',
      getNextPageParam: ({ entries, more }) => (more ? entries.at(-1)?.seq : undefined),
      placeholderData: (before) => before,
    },
  );
  const entries = query.data?.pages.flatMap((page) => page.entries);
  return (
    <>
      <PageHead
        title="Audit"
        note="Who did what to the fleet, and what happened by itself: newest first"
        actions={<VerifyButton verify={verify} />}
      />
      <div className="stack">
        <VerifyResult verify={verify} />
        <AuditFilterBar
          key={params.toString()}
          filters={filters}
          onChange={(next) => setParams(writeAuditFilters(next))}
        />
        {query.error && <Failure error={query.error} what="The log cannot be shown" onRetry={query.refetch} />}
        <div className="card" data-old={query.isPlaceholderData || undefined}>
          {!entries && !query.error && <SkeletonRows rows={12} />}
          {entries?.length === 0 && (
            <Empty icon="log" title="No such entry">
              <p>
                Actors and subjects are matched in full; an action also by its beginning: “spoke” finds “spoke.health”.
              </p>
            </Empty>
          )}
          {entries && entries.length > 0 && (
            <>
              <AuditTable entries={entries} />
              <div className="table-foot">
                {count(entries.length)} shown
                {query.hasNextPage && (
                  <Button small busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    Older entries
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
