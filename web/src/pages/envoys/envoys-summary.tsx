/** How many envoys there are, and whether that is all of them. */
import type { EnvoyFilters } from '../../lib/envoy-filters.ts';
import type { MergedEnvoys } from '../../lib/merge-envoy-pages.ts';
import { counted } from '../../lib/numbers.ts';
import { StateLabel } from '../../ui/state-label.tsx';

export function EnvoysSummary({ list, filters }: { readonly list: MergedEnvoys; readonly filters: EnvoyFilters }) {
  const filtered = filters.hostname !== '' || filters.spoke !== '' || filters.statuses.length > 0;
  return (
    <span className="envoys-summary" role="status">
      {counted(list.total, 'envoy')}
      {filtered && ' match'}
      <StateLabel state={list.complete ? 'ok' : 'warning'}>
        {list.complete ? 'complete: every spoke answered' : 'incomplete'}
      </StateLabel>
    </span>
  );
}
