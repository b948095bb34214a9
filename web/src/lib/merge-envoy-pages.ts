/** Pages of an envoy list, fetched one after the other, as one list. */
import type { ListEnvoysResponse, Warning } from '../../../src/gen/vigo/v1/admin_pb.js';
import type { Envoy } from '../../../src/gen/vigo/v1/types_pb.js';

export interface MergedEnvoys {
  /** Each envoy once: one that moved up between two pages was on both. */
  readonly envoys: readonly Envoy[];
  /** Rows on all pages, also those not fetched yet. */
  readonly total: number;
  /** Every spoke has answered for every page. */
  readonly complete: boolean;
  /** The latest of each spoke. */
  readonly warnings: readonly Warning[];
}

export function mergeEnvoyPages(pages: readonly ListEnvoysResponse[]): MergedEnvoys {
  const envoys = new Map<string, Envoy>();
  const warnings = new Map<string, Warning>();
  for (const page of pages) {
    for (const envoy of page.envoys) envoys.set(envoy.id, envoy);
    for (const warning of page.warnings) warnings.set(warning.spoke, warning);
  }
  return {
    envoys: [...envoys.values()],
    total: pages.at(-1)?.total ?? 0,
    complete: pages.every(({ complete }) => complete),
    warnings: [...warnings.values()],
  };
}
