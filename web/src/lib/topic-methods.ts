/** Which questions have a new answer when a part of the fleet changes. */
import { AdminService, FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';

const { method } = AdminService;

const METHODS: Record<FleetTopic, readonly { readonly name: string }[]> = {
  [FleetTopic.UNSPECIFIED]: [],
  [FleetTopic.SPOKES]: [method.getOverview, method.getSpannerStatus, method.getSpoke, method.getFleetHistory],
  [FleetTopic.MOVES]: [method.getOverview, method.listMoves, method.getMove, method.getEnvoy],
  [FleetTopic.ENVOYS]: [
    method.getOverview,
    method.listEnvoys,
    method.getEnvoy,
    method.getSpoke,
    method.listRuns,
    method.getLicense,
    method.getFleetHistory,
  ],
  [FleetTopic.CONFIG]: [
    method.getOverview,
    method.getConfigStatus,
    method.listConfigHistory,
    method.diffConfig,
    method.getSpannerStatus,
  ],
  // Acts without a topic of their own are in the audit log all the same.
  [FleetTopic.AUDIT]: [method.listAudit, method.getPki, method.listNotifications],
  [FleetTopic.ACCESS]: [
    method.getOverview,
    method.getLicense,
    method.listEnrollmentTokens,
    method.listUsers,
    method.listSessions,
    method.getMe,
  ],
};

/** Names of the methods whose answers are old now. */
export function methodsOf(topics: readonly FleetTopic[]): ReadonlySet<string> {
  // A newer hub may name parts that this page does not know.
  return new Set(topics.flatMap((topic) => (METHODS[topic] ?? []).map(({ name }) => name)));
}
