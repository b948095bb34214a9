/** Pages of the envoy list, one after the other. */
import { useInfiniteQuery } from '@connectrpc/connect-query';
import { useMemo } from 'react';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { type EnvoyFilters, envoyRequest } from '../../lib/envoy-filters.ts';
import { mergeEnvoyPages } from '../../lib/merge-envoy-pages.ts';

const PAGE = 200;

export type EnvoyQuery = ReturnType<typeof useEnvoys>['query'];

export function useEnvoys(filters: EnvoyFilters) {
  const query = useInfiniteQuery(
    AdminService.method.listEnvoys,
    { ...envoyRequest(filters), limit: PAGE, cursor: '' },
    {
      pageParamKey: 'cursor',
      getNextPageParam: ({ nextCursor }) => nextCursor || undefined,
      // While other filters are being asked for, the list stays where it is.
      placeholderData: (before) => before,
    },
  );
  const pages = query.data?.pages;
  const list = useMemo(() => (pages ? mergeEnvoyPages(pages) : undefined), [pages]);
  return { list, query };
}
