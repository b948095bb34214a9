/** All envoys of the fleet: filtered and sorted by the hub, fetched as one scrolls. */
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { StartMoveDialog } from '../../actions/start-move-dialog.tsx';
import { useChangedAt } from '../../api/live-provider.tsx';
import { LIVE_PAGES } from '../../api/refresh.ts';
import { type EnvoyFilters, globOf, readFilters, writeFilters } from '../../lib/envoy-filters.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { AdminActions } from '../../ui/read-only.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { EnvoyFilterBar } from './envoy-filter-bar.tsx';
import { EnvoyTable } from './envoy-table.tsx';
import './envoys.css';
import { EnvoysSummary } from './envoys-summary.tsx';
import { MissingSpokes } from './missing-spokes.tsx';
import { NoEnvoys } from './no-envoys.tsx';
import { useEnvoys } from './use-envoys.ts';

export function Envoys() {
  const [params, setParams] = useSearchParams();
  const filters = readFilters(params);
  const setFilters = (next: EnvoyFilters) => setParams(writeFilters(next), { replace: true });
  const [moving, setMoving] = useState(false);
  const { list, query } = useEnvoys(filters);
  const changedAt = useChangedAt(FleetTopic.ENVOYS);
  // A short list follows by itself.
  const outdated = (query.data?.pages.length ?? 0) > LIVE_PAGES && changedAt > query.dataUpdatedAt;
  return (
    <>
      <PageHead
        title="Envoys"
        note={list && <EnvoysSummary list={list} filters={filters} />}
        actions={
          <AdminActions>
            <Button icon="moves" onClick={() => setMoving(true)}>
              {filters.hostname ? 'Move these to …' : 'Move envoys …'}
            </Button>
          </AdminActions>
        }
      />
      <div className="stack">
        <EnvoyFilterBar filters={filters} onChange={setFilters} />
        {list && <MissingSpokes list={list} />}
        {outdated && (
          <Notice
            level="notice"
            title="The fleet has changed since this was fetched"
            action={
              <Button small icon="repeat" busy={query.isRefetching} onClick={() => void query.refetch()}>
                Refresh
              </Button>
            }
          />
        )}
        {query.error && <Failure error={query.error} what="The envoys cannot be shown" onRetry={query.refetch} />}
        <div className="card" data-old={query.isPlaceholderData || undefined}>
          {list && list.envoys.length === 0 && <NoEnvoys filters={filters} onClear={setFilters} />}
          {list && list.envoys.length > 0 && (
            <EnvoyTable list={list} filters={filters} onSort={setFilters} query={query} />
          )}
          {!list && !query.error && <SkeletonRows rows={14} />}
        </div>
      </div>
      {moving && (
        <StartMoveDialog
          kind="reassign"
          hostname={globOf(filters.hostname)}
          note={
            filters.spoke || filters.statuses.length > 0
              ? 'Moves go by host name alone: spoke and status of the list do not count.'
              : undefined
          }
          onClose={() => setMoving(false)}
        />
      )}
    </>
  );
}
