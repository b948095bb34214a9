/** `HubService.Report`: what spokes say by themselves. Believed about themselves only. */
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../fleet/errors.ts';
import type { HubService } from '../../gen/vigo/v1/hub_pb.js';
import type { SpokeMonitor } from './health/spoke-monitor.ts';
import type { PartitionLinks } from './partition-links.ts';

export interface SpokeReportsOptions {
  readonly links: PartitionLinks;
  readonly monitor: Pick<SpokeMonitor, 'reported'>;
}

/** Who reports, and the connection that it reports on. */
export interface ReportingSpoke {
  readonly spokeId: string;
  /** Aborts when the connection has ended. */
  readonly connection?: AbortSignal | undefined;
}

const MAX_ADDRESS = 300;

export type Report = (
  request: Parameters<ServiceImpl<typeof HubService>['report']>[0],
  spoke: ReportingSpoke,
) => { leaderAddress: string };

/** Throws SPOKE_NOT_FOUND for a spoke that the configuration does not name, PERMISSION_DENIED, INVALID_ARGUMENT. */
export function createSpokeReports({ links, monitor }: SpokeReportsOptions): Report {
  return ({ status, intervalMs, hubAddress }, { spokeId, connection }) => {
    links.get(spokeId);
    if (!status || intervalMs < 1 || hubAddress.length > MAX_ADDRESS)
      throw new VigoError('INVALID_ARGUMENT', `report of ${spokeId}: status, interval_ms and hub_address are needed`);
    // The certificate says whose report it is; one that says otherwise was meant for nobody.
    if (status.spokeId !== '' && status.spokeId !== spokeId)
      throw new VigoError('PERMISSION_DENIED', `spoke ${spokeId} reports for itself only, not for another`);
    monitor.reported(spokeId, { status, intervalMs, hubAddress, connection });
    return { leaderAddress: '' };
  };
}
