/** The protocol's enumerations in the words of JSON output and tables. */
import { Role } from '../../gen/vigo/v1/access_pb.js';
import { MoveReason, MoveState, SpokeEligibility, SpokeHealth } from '../../gen/vigo/v1/admin_pb.js';

// A value that this program does not know comes from a newer server.
const UNKNOWN = 'unknown';

const naming =
  (names: Readonly<Record<number, string>>) =>
  (value: number): string =>
    names[value] ?? UNKNOWN;

export const spokeHealthName = naming({
  [SpokeHealth.UNKNOWN]: 'unknown',
  [SpokeHealth.HEALTHY]: 'healthy',
  [SpokeHealth.SUSPECT]: 'suspect',
  [SpokeHealth.UNHEALTHY]: 'unhealthy',
  [SpokeHealth.RECOVERING]: 'recovering',
  [SpokeHealth.UNREACHABLE]: 'unreachable',
});

export const spokeEligibilityName = naming({
  [SpokeEligibility.ELIGIBLE]: 'eligible',
  [SpokeEligibility.CORDONED]: 'cordoned',
  [SpokeEligibility.DRAINING]: 'draining',
  [SpokeEligibility.DRAINED]: 'drained',
});

export const moveReasonName = naming({
  [MoveReason.REASSIGN]: 'reassign',
  [MoveReason.DRAIN]: 'drain',
  [MoveReason.FAILOVER]: 'failover',
  [MoveReason.REBALANCE]: 'rebalance',
});

export const moveStateName = naming({
  [MoveState.RUNNING]: 'running',
  [MoveState.DONE]: 'done',
  [MoveState.INCOMPLETE]: 'incomplete',
  [MoveState.CANCELLED]: 'cancelled',
});

export const roleName = naming({
  [Role.VIEWER]: 'viewer',
  [Role.ADMIN]: 'admin',
});
