/**
 * Rows of the envoy list. Only those in sight are in the page; empty rows above and below hold the place of the others, so
 * that it stays a table, and says so to screen readers, with any number of envoys.
 */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { EnvoyFilters } from '../../lib/envoy-filters.ts';
import type { MergedEnvoys } from '../../lib/merge-envoy-pages.ts';
import { count } from '../../lib/numbers.ts';
import { useMedia } from '../../ui/use-media.ts';
import { EnvoyRow } from './envoy-row.tsx';
import { SortHeader } from './sort-header.tsx';
import type { EnvoyQuery } from './use-envoys.ts';

export interface EnvoyTableProps {
  readonly list: MergedEnvoys;
  readonly filters: EnvoyFilters;
  readonly onSort: (filters: EnvoyFilters) => void;
  readonly query: EnvoyQuery;
}

// As in envoys.css.
const ROW = 41;
const CARD = 74;
// Asked for before the end of what is there comes into sight.
const AHEAD = 60;

const ROLE = { table: { role: 'table' }, group: { role: 'rowgroup' }, row: { role: 'row' } } as const;
const HIDDEN = { 'aria-hidden': true } as const;
const TITLE = { role: 'columnheader', scope: 'col' } as const;

export function EnvoyTable({ list, filters, onSort, query }: EnvoyTableProps) {
  const { envoys, total } = list;
  const rowHeight = useMedia('(max-width: 720px)') ? CARD : ROW;
  const [body, top] = useTop();
  const rows = useWindowVirtualizer({
    count: envoys.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: top,
  });
  // Heights are kept until they are said to have changed.
  useEffect(() => rows.measure(), [rowHeight]);
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError && last >= envoys.length - AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, last, envoys.length]);

  const above = (items[0]?.start ?? top) - top;
  const below = rows.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  return (
    <>
      <table className="table envoy-table" aria-rowcount={total + 1} {...ROLE.table}>
        <caption className="visually-hidden">Envoys</caption>
        <thead {...ROLE.group}>
          <tr aria-rowindex={1} {...ROLE.row}>
            <SortHeader name="Host name" sort="hostname" filters={filters} onSort={onSort} />
            <th {...TITLE}>Status</th>
            <th {...TITLE} className="envoy-spoke">
              Spoke
            </th>
            <th {...TITLE}>Last seen</th>
            <th {...TITLE} className="envoy-config">
              Config
            </th>
            <SortHeader
              name="Enrolled"
              sort="enrolledAt"
              filters={filters}
              onSort={onSort}
              className="envoy-enrolled"
            />
          </tr>
        </thead>
        <tbody ref={body} {...ROLE.group}>
          <Space height={above} />
          {items.map(({ index }) => {
            const envoy = envoys[index];
            return envoy && <EnvoyRow key={envoy.id} envoy={envoy} index={index} />;
          })}
          <Space height={below} />
        </tbody>
      </table>
      <p className="table-foot">
        {`${count(envoys.length)} of ${count(total)} fetched`}
        {hasNextPage ? '; scroll on for more' : ''}
      </p>
    </>
  );
}

function Space({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return (
    <tr className="envoy-space" style={{ height }} {...HIDDEN}>
      <td style={{ height }} />
    </tr>
  );
}

/** Where the rows begin in the document; what stands above them comes and goes. */
function useTop() {
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const { top: inSight = 0 } = body.current?.getBoundingClientRect() ?? {};
    const now = Math.round(inSight + window.scrollY);
    if (now !== top) setTop(now);
  });
  return [body, top] as const;
}
