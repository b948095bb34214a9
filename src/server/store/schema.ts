/** All tables: every database has them, whatever the role of its server; those of another role stay empty. */
import type {
  AuditBegunTable,
  AuditTable,
  EnrollmentTokensTable,
  JoinTokensTable,
  SessionsTable,
  UsersTable,
} from './access-schema.ts';
import type {
  ConfigVersionsTable,
  EnvoyCertificatesTable,
  FleetHistoryTable,
  MoveItemsTable,
  MovesTable,
  NotificationsTable,
  NotifiedSpokesTable,
  PlacementHistoryTable,
  PlacementsTable,
  ReconciledSpokesTable,
  ReleasedStrangersTable,
  RestorationsTable,
  SpokeNoticesTable,
  SpokesTable,
  WebhookDeliveriesTable,
} from './hub-schema.ts';
import type { EnvoysTable, EnvoyTraitsTable, RunsTable, TombstonesTable } from './spoke-schema.ts';

/** Facts about this data directory. */
export interface MetaTable {
  key: string;
  value: string;
}

export interface Schema {
  placements: PlacementsTable;
  placement_history: PlacementHistoryTable;
  envoy_certificates: EnvoyCertificatesTable;
  moves: MovesTable;
  move_items: MoveItemsTable;
  spoke_notices: SpokeNoticesTable;
  spokes: SpokesTable;
  enrollment_tokens: EnrollmentTokensTable;
  join_tokens: JoinTokensTable;
  config_versions: ConfigVersionsTable;
  audit: AuditTable;
  audit_begun: AuditBegunTable;
  fleet_history: FleetHistoryTable;
  users: UsersTable;
  sessions: SessionsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  notifications: NotificationsTable;
  notified_spokes: NotifiedSpokesTable;
  restorations: RestorationsTable;
  reconciled_spokes: ReconciledSpokesTable;
  released_strangers: ReleasedStrangersTable;
  envoys: EnvoysTable;
  envoy_traits: EnvoyTraitsTable;
  runs: RunsTable;
  tombstones: TombstonesTable;
  meta: MetaTable;
}
