/** The flags by which an envoy list is chosen, as the requests of both list calls say it. */
import type { EnvoyStatus } from '../fleet/envoy-status.ts';
import { type SortOption, sortOf, statusesOf } from './flags/list.ts';

export interface EnvoyQueryFlags {
  readonly hostname?: string | undefined;
  readonly spoke?: string | undefined;
  readonly status?: readonly EnvoyStatus[] | undefined;
  readonly sort: SortOption;
}

export type EnvoyQuery = ReturnType<typeof envoyQuery>;

export function envoyQuery(flags: EnvoyQueryFlags) {
  const filter = {
    hostname: flags.hostname ?? '',
    spoke: flags.spoke ?? '',
    statuses: statusesOf(flags.status ?? []),
  };
  return { filter, ...sortOf(flags.sort) };
}
