/** What the directory remembers about envoys from earlier lists, and the rows made of it. */
import type { EnvoyTableRow } from '../../../rpc/envoy-table.ts';
import { statusCode } from '../../../rpc/status-codes.ts';
import type { Placement } from '../directory.ts';

/** Mostly there is nothing new, and 100,000 objects that are only read stay where they are in memory. */
export function remember(placement: Placement, row: EnvoyTableRow): void {
  if (placement.status !== row.status) placement.status = row.status;
  if (placement.drift !== row.drift) placement.drift = row.drift;
  if (placement.lastSeenAt !== row.lastSeenAt) placement.lastSeenAt = row.lastSeenAt;
  if (placement.configVersion !== row.configVersion) placement.configVersion = row.configVersion;
}

/** What the directory knows about an envoy whose spoke does not say. */
export function standInRow(placement: Placement): EnvoyTableRow {
  return {
    id: placement.id,
    hostname: placement.hostname,
    spoke: placement.spoke,
    epoch: placement.epoch,
    status: placement.status || statusCode('no_data'),
    drift: placement.drift,
    reachable: false,
    stale: true,
    lastSeenAt: placement.lastSeenAt,
    enrolledAt: placement.enrolledAt,
    configVersion: placement.configVersion,
  };
}
