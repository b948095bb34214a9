/** An empty list: because of the filters, or because there are no envoys yet. */
import { Link } from 'wouter';
import { type EnvoyFilters, readFilters } from '../../lib/envoy-filters.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';

export interface NoEnvoysProps {
  readonly filters: EnvoyFilters;
  readonly onClear: (filters: EnvoyFilters) => void;
}

export function NoEnvoys({ filters, onClear }: NoEnvoysProps) {
  const none = readFilters(new URLSearchParams());
  if (filters.hostname === '' && filters.spoke === '' && filters.statuses.length === 0) {
    return (
      <Empty icon="envoys" title="No envoys yet">
        <p>
          A machine becomes an envoy when its agent enrols with a token. The <Link href="/">overview</Link> says how.
        </p>
      </Empty>
    );
  }
  return (
    <Empty icon="search" title="No envoy matches">
      <p>Host names are matched as a glob: * and ? and [a-z] and {'{a,b}'}, with at most three stars.</p>
      <Button onClick={() => onClear(none)}>Clear the filters</Button>
    </Empty>
  );
}
