/** The order of an envoy list, as the domain and as the protocol say it. */
import type { EnvoySortSpec } from '../fleet/envoy-order.ts';
import { EnvoySort } from '../gen/vigo/v1/types_pb.js';

export function sortSpec(sort: EnvoySort, descending: boolean): EnvoySortSpec {
  return { field: sort === EnvoySort.ENROLLED_AT ? 'enrolledAt' : 'hostname', descending };
}

export function sortCode(spec: EnvoySortSpec): EnvoySort {
  return spec.field === 'enrolledAt' ? EnvoySort.ENROLLED_AT : EnvoySort.HOSTNAME;
}
