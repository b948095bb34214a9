/** What was published, newest first; two versions beside each other; and the way back. */
import { useInfiniteQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { AdminService, type ConfigVersion } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { RollbackDialog } from '../../actions/rollback-dialog.tsx';
import { useIsAdmin } from '../../api/me.ts';
import { count } from '../../lib/numbers.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { Comparison } from './comparison.tsx';
import { historyColumns } from './history-columns.tsx';

const PAGE = 20;

export function ConfigHistory({ current }: { readonly current: ConfigVersion | undefined }) {
  const [params, setParams] = useSearchParams();
  const [target, setTarget] = useState<ConfigVersion>();
  const admin = useIsAdmin();
  const query = useInfiniteQuery(
    AdminService.method.listConfigHistory,
    { limit: PAGE, before: 0 },
    {
      pageParamKey: 'before',
      getNextPageParam: ({ versions }) => {
        const last = versions.at(-1)?.number ?? 1;
        return versions.length < PAGE || last <= 1 ? undefined : last;
      },
    },
  );
  const versions = query.data?.pages.flatMap((page) => page.versions) ?? [];
  const compare = (from: string, to: string) => setParams({ from, to }, { replace: true });
  const columns = historyColumns({
    onCompare: (version) => {
      const before = versions.find(({ number }) => number === version.number - 1);
      compare(before?.version ?? '', version.version);
      document.getElementById('comparison')?.scrollIntoView({ block: 'start' });
    },
    onRollback: admin ? setTarget : undefined,
  });
  return (
    <>
      <Card title="History" note="newest first" flush>
        {query.error && <Failure error={query.error} what="The history cannot be shown" onRetry={query.refetch} />}
        {query.data ? (
          <>
            <DataTable caption="Published versions" columns={columns} rows={versions} rowKey={({ number }) => number} />
            <div className="table-foot">
              {count(versions.length)} shown
              {query.hasNextPage && (
                <Button small busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  Older versions
                </Button>
              )}
            </div>
          </>
        ) : (
          !query.error && <SkeletonRows rows={5} />
        )}
      </Card>
      {versions.length > 0 && (
        <Comparison
          versions={versions}
          from={params.get('from') ?? versions[1]?.version ?? ''}
          to={params.get('to') ?? versions[0]?.version ?? ''}
          onChange={compare}
        />
      )}
      {target && <RollbackDialog version={target} current={current} onClose={() => setTarget(undefined)} />}
    </>
  );
}
