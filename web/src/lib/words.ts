/** The words for what the protocol names by numbers; the same as in the command line. */

import { Role } from '../../../src/gen/vigo/v1/access_pb.js';
import {
  AttentionLevel,
  FileChange,
  MoveReason,
  MoveState,
  SpokeEligibility,
  SpokeHealth,
  SyncOutcome,
} from '../../../src/gen/vigo/v1/admin_pb.js';
import { EnvoyStatus, ResourceOutcome } from '../../../src/gen/vigo/v1/types_pb.js';

/** From the names in the enum; servers that are newer may send numbers without a name. */
const words =
  <T extends number>(names: Record<number, string>) =>
  (value: T): string =>
    (names[value] ?? 'unknown').toLowerCase().replaceAll('_', ' ');

export const statusWord = words<EnvoyStatus>(EnvoyStatus);
export const healthWord = words<SpokeHealth>(SpokeHealth);
export const eligibilityWord = words<SpokeEligibility>(SpokeEligibility);
export const moveStateWord = words<MoveState>(MoveState);
export const moveReasonWord = words<MoveReason>(MoveReason);
export const outcomeWord = words<ResourceOutcome>(ResourceOutcome);
export const syncWord = words<SyncOutcome>(SyncOutcome);
export const levelWord = words<AttentionLevel>(AttentionLevel);
export const changeWord = words<FileChange>(FileChange);
export const roleWord = words<Role>(Role);
