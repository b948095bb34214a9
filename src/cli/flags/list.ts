/** Flags that choose and order rows of an envoy list, as the protocol says them. */
import type { EnvoyStatus as StatusName } from '../../fleet/envoy-status.ts';
import type { EnvoySort, EnvoyStatus } from '../../gen/vigo/v1/types_pb.js';
import { sortCode } from '../../rpc/envoy-sort.ts';
import { statusCode } from '../../rpc/status-codes.ts';

export function statusesOf(names: readonly StatusName[]): EnvoyStatus[] {
  return names.map(statusCode);
}

/** A minus sign: the largest first. */
export const SORT_OPTIONS = ['hostname', '-hostname', 'enrolledAt', '-enrolledAt'] as const;
export type SortOption = (typeof SORT_OPTIONS)[number];

export interface SortChoice {
  readonly sort: EnvoySort;
  readonly descending: boolean;
}

export function sortOf(option: SortOption): SortChoice {
  const descending = option.startsWith('-');
  const field = option.endsWith('enrolledAt') ? 'enrolledAt' : 'hostname';
  return { sort: sortCode({ field, descending }), descending };
}
