/** The title of a column by which the hub can sort. */
import type { EnvoyFilters } from '../../lib/envoy-filters.ts';
import { Icon } from '../../ui/icon.tsx';

export interface SortHeaderProps {
  readonly name: string;
  readonly sort: EnvoyFilters['sort'];
  readonly filters: EnvoyFilters;
  readonly onSort: (filters: EnvoyFilters) => void;
  readonly className?: string;
}

export function SortHeader({ name, sort, filters, onSort, className }: SortHeaderProps) {
  const sorted = filters.sort === sort;
  const order = filters.descending ? 'descending' : 'ascending';
  const turn = () => onSort({ ...filters, sort, descending: sorted ? !filters.descending : false });
  return (
    // biome-ignore lint/a11y/noRedundantRoles: CSS shows rows as blocks on narrow screens
    <th role="columnheader" scope="col" className={className} aria-sort={sorted ? order : 'none'}>
      <button type="button" className="sort" onClick={turn}>
        {name}
        {sorted && <Icon name={filters.descending ? 'down' : 'up'} />}
      </button>
    </th>
  );
}
