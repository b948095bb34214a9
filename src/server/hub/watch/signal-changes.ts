/** Which events of the hub are changes of what, for those who watch the fleet. */
import { isDeepStrictEqual } from 'node:util';
import type { StatusResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { ActName } from '../audit/acts.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { MoveService } from '../moves/move-service.ts';
import type { FleetSignals, FleetTopic } from './fleet-signals.ts';

export interface SignalSources {
  readonly signals: Pick<FleetSignals, 'changed'>;
  readonly monitor: Pick<SpokeMonitor, 'onHealth' | 'onStatus'>;
  readonly moves: Pick<MoveService, 'onProgress'>;
  readonly audit: Pick<AuditLog, 'onEntry'>;
}

/** What an act changes besides the audit log. */
const OF_ACTS: Record<ActName, readonly FleetTopic[]> = {
  revokeEnvoy: ['envoys', 'spokes'],
  startMove: ['moves', 'spokes'],
  cancelMove: ['moves', 'spokes'],
  cordonSpoke: ['spokes'],
  uncordonSpoke: ['spokes'],
  createJoinToken: ['access'],
  createEnrollmentToken: ['access'],
  revokeEnrollmentToken: ['access'],
  publishConfig: ['config', 'spokes'],
  rollbackConfig: ['config', 'spokes'],
  createUser: ['access'],
  revokeUser: ['access'],
  revokeSession: ['access'],
  retryNotification: [],
  beginCaRotation: [],
  finishCaRotation: [],
};

export const topicsOf = (method: ActName): readonly FleetTopic[] => OF_ACTS[method];

export function signalChanges({ signals, monitor, moves, audit }: SignalSources): void {
  const said = new Map<string, StatusResponse>();
  // Every probe: latency and times are new, whatever it says.
  monitor.onHealth(() => signals.changed('spokes'));
  monitor.onStatus((spoke, status) => {
    const before = said.get(spoke);
    said.set(spoke, status);
    if (!isDeepStrictEqual(before?.compliance, status.compliance)) signals.changed('envoys');
    if (before?.configVersion !== status.configVersion) signals.changed('config');
  });
  moves.onProgress(() => signals.changed('moves', 'spokes', 'envoys'));
  audit.onEntry(() => signals.changed('audit'));
}
