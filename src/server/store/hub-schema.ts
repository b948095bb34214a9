/**
 * The tables of a hub. Types that SQLite and PostgreSQL share: text, integer (bigint for times), blob.
 * Times are milliseconds since 1970 UTC; public keys are SubjectPublicKeyInfo in DER.
 */
import type { Compliance } from '../../fleet/envoy-status.ts';

/** The hub's directory: one row per envoy that was ever enrolled. */
export interface PlacementsTable {
  id: string;
  hostname: string;
  spoke_id: string;
  epoch: number;
  /** Highest epoch ever promised to a spoke for this envoy, also by moves that failed: never used twice. */
  max_epoch: number;
  /** enrolling: reserved, its spoke has not confirmed yet. */
  state: 'enrolling' | 'active' | 'revoked';
  public_key: Uint8Array;
  enrolled_at: number;
  revoked_at: number | null;
  token_id: string;
}

/** The certificate that an envoy has last confirmed; of its enrolment before that. */
export interface EnvoyCertificatesTable {
  envoy_id: string;
  /** Lower-case hex of the SHA-256 of the CA certificate that has signed it; empty for one that is not known. */
  ca_sha256: string;
  /** Of the CAs that the envoy trusts. */
  trust_tag: number;
  ends_at: number;
  confirmed_at: number;
}

/** Every owner that an envoy had. */
export interface PlacementHistoryTable {
  envoy_id: string;
  epoch: number;
  spoke_id: string;
  at: number;
  reason: string;
  move_id: string | null;
}

/** The move journal. */
export interface MovesTable {
  id: string;
  /** Order of planning. */
  seq: number;
  reason: 'reassign' | 'drain' | 'failover' | 'rebalance';
  state: 'running' | 'done' | 'incomplete' | 'cancelled';
  from_spoke: string | null;
  actor: string;
  comment: string;
  max_rate: number;
  matched: number;
  skipped_count: number;
  /** Of them: where they should be already. */
  settled_count: number;
  /** JSON: the first skipped envoys [{id, hostname, reason}]. */
  skipped: string;
  started_at: number;
  ended_at: number | null;
}

/** The envoys of a move. */
export interface MoveItemsTable {
  move_id: string;
  envoy_id: string;
  /** Place in the move; batches are cut in this order. */
  position: number;
  hostname: string;
  from_spoke: string;
  to_spoke: string;
  /** Epoch under which the target serves it. */
  epoch: number;
  /** adopting: the target may have it already; moved: the directory names the target. */
  state: 'planned' | 'adopting' | 'moved' | 'failed' | 'cancelled';
  error: string | null;
}

/** What a spoke has still to be told; delivered in order of seq, at least once. */
export interface SpokeNoticesTable {
  seq: number;
  spoke_id: string;
  envoy_id: string;
  kind: 'release' | 'revoke';
  /** release: who serves it now. */
  target_spoke: string | null;
  /** release: under which epoch. */
  epoch: number;
  move_id: string | null;
}

/** What operators said about spokes, and which key each joined with. */
export interface SpokesTable {
  id: string;
  eligibility: 'eligible' | 'cordoned' | 'draining' | 'drained';
  comment: string;
  since: number;
}

/** The history of published configurations. */
export interface ConfigVersionsTable {
  /** Order of publishing, from 1. */
  number: number;
  /** SHA-256 of the archive, lower-case hex. */
  version: string;
  published_at: number;
  actor: string;
  message: string;
  /** 1: it came back by a rollback. */
  rollback: number;
  /** Bytes of the archive. */
  size: number;
  /** Files added, changed and removed against the version before. */
  files_changed: number;
  /** JSON: the names of the first of them. */
  added: string;
  changed: string;
  removed: string;
}

/** How a spoke's envoys were in a minute, and how fast it answered. */
export interface FleetHistoryTable extends Compliance {
  /** Minutes since 1970 UTC. */
  minute: number;
  spoke_id: string;
  /** Of the last good probe; 0 if there was none. */
  latency_ms: number;
}

/** What webhooks have been told: remembered so that nothing is done twice, and done again if it was not finished. */
export interface WebhookDeliveriesTable {
  /** Its name in server.yaml. */
  webhook: string;
  /** As the provider names it. */
  delivery: string;
  /** SHA-256 of the body, lower-case hex. */
  body_digest: string;
  /** What it names, where server.yaml names none; else empty. */
  repository: string;
  received_at: number;
  /** pending: not done yet, or the server was killed meanwhile. failed: it may be delivered again. */
  state: 'pending' | 'done' | 'failed';
}

/** What endpoints have still to be told, or could not be told: one row per event and endpoint. What was delivered has none. */
export interface NotificationsTable {
  /** Order of the events. */
  seq: number;
  /** Under which the endpoint sees it, however often it is tried. */
  id: string;
  /** URL. */
  endpoint: string;
  /** Within a lane of an endpoint nothing overtakes. */
  lane: string;
  /** Such as "spoke.offline". */
  type: string;
  /** Empty if it is about none. */
  spoke_id: string;
  /** JSON, as it is sent. */
  body: string;
  created_at: number;
  state: 'pending' | 'dead';
  /** In vain. */
  tries: number;
  /** Not before; meaningless if it is dead. */
  next_at: number;
  /** Empty if it was not tried yet. */
  last_error: string;
}

/** Spokes of which endpoints were told that they are offline, and not yet that they are back. */
export interface NotifiedSpokesTable {
  spoke_id: string;
  since: number;
}

/** The backup from which this database came back, last. */
export interface RestorationsTable {
  /** ISO 8601, as the restore has noted it: tells one restore from the next. */
  restored_at: string;
  /** Likewise. */
  backup_created_at: string;
  /** When every spoke was reconciled; null until then. */
  ended_at: number | null;
}

/** Spokes that were asked since what they know, and what has come of it: numbers of envoys. */
export interface ReconciledSpokesTable {
  spoke_id: string;
  entered: number;
  taken_over: number;
  renewed: number;
  revoked: number;
  /** Null until all of it is in the directory. */
  ended_at: number | null;
}

/** While spokes are being reconciled: envoys that some have released, and of which nobody has said yet who they are. */
export interface ReleasedStrangersTable {
  envoy_id: string;
  /** To whom they went under which epoch; empty and 0 if that is not known. */
  spoke_id: string;
  epoch: number;
  /** New epochs must be above this. */
  max_epoch: number;
}
