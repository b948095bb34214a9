/** Which hub address each spoke uses, for a terminal that is too narrow for a column of them. */
import type { SpokeJson } from '../json/spoke.ts';

/** More names do not fit on a line. */
const MAX_NAMES = 4;

/** One line for each address that is in use. */
export function hubAddressLines(spokes: readonly SpokeJson[]): string[] {
  const byAddress = Map.groupBy(
    spokes.filter(({ hubAddr }) => hubAddr !== null),
    ({ hubAddr }) => hubAddr,
  );
  return [...byAddress].map(([address, users]) => {
    const names = users.slice(0, MAX_NAMES).map(({ id }) => id);
    const more = users.length > MAX_NAMES ? ` and ${users.length - MAX_NAMES} more` : '';
    return `reporting to ${address}: ${names.join(', ')}${more}`;
  });
}
