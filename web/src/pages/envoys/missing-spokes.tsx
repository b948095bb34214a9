/** Spokes that did not answer for the list. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { MergedEnvoys } from '../../lib/merge-envoy-pages.ts';
import { clockTime, millis } from '../../lib/times.ts';
import { useNow } from '../../ui/now.tsx';
import { Warnings } from '../../ui/warnings.tsx';

export function MissingSpokes({ list }: { readonly list: MergedEnvoys }) {
  const missing = list.warnings.length > 0;
  const { data } = useQuery(AdminService.method.getSpannerStatus, {}, { enabled: missing });
  const now = useNow();
  const lastSeen = (id: string) => {
    const at = millis(data?.spokes.find((spoke) => spoke.id === id)?.lastReportAt);
    return at === null ? undefined : `last seen ${clockTime(at, now)}`;
  };
  return (
    <Warnings
      warnings={list.warnings}
      asked={data?.spokes.length}
      about={lastSeen}
      consequence="Its envoys are listed as the hub last knew them, marked stale."
    />
  );
}
