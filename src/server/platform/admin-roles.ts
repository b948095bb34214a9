/** What a caller of `AdminService` must be, method by method; a new method without a row does not compile. */
import type { AdminService } from '../../gen/vigo/v1/admin_pb.js';

/** What someone may do: look at everything but credentials, or everything. */
export type OperatorRole = 'viewer' | 'admin';

export type AdminMethod = keyof typeof AdminService.method;

/** The least role that may call each method. */
export const REQUIRED_ROLE: Readonly<Record<AdminMethod, OperatorRole>> = {
  // Reads
  listEnvoys: 'viewer',
  streamEnvoys: 'viewer',
  getEnvoy: 'viewer',
  getSpannerStatus: 'viewer',
  getSpoke: 'viewer',
  getMove: 'viewer',
  listMoves: 'viewer',
  watchMove: 'viewer',
  getLicense: 'viewer',
  getConfigStatus: 'viewer',
  listConfigHistory: 'viewer',
  diffConfig: 'viewer',
  listRuns: 'viewer',
  getRun: 'viewer',
  listAudit: 'viewer',
  verifyAudit: 'viewer',
  getOverview: 'viewer',
  getFleetHistory: 'viewer',
  watchFleet: 'viewer',
  getMe: 'viewer',
  getPki: 'viewer',
  // Reads about credentials; URLs of endpoints often hold one
  listNotifications: 'admin',
  listEnrollmentTokens: 'admin',
  listUsers: 'admin',
  listSessions: 'admin',
  // Acts
  revokeEnvoy: 'admin',
  startMove: 'admin',
  cancelMove: 'admin',
  cordonSpoke: 'admin',
  uncordonSpoke: 'admin',
  createJoinToken: 'admin',
  createEnrollmentToken: 'admin',
  revokeEnrollmentToken: 'admin',
  publishConfig: 'admin',
  rollbackConfig: 'admin',
  createUser: 'admin',
  revokeUser: 'admin',
  revokeSession: 'admin',
  retryNotification: 'admin',
  beginCaRotation: 'admin',
  finishCaRotation: 'admin',
};

/** Whether who has `role` may do what `required` is needed for. */
export function suffices(role: OperatorRole, required: OperatorRole): boolean {
  return role === 'admin' || required === 'viewer';
}
