/**
 * The tables of a spoke. Types that SQLite and PostgreSQL share: text, integer (bigint for times), blob.
 * Times are milliseconds since 1970 UTC; public keys are SubjectPublicKeyInfo in DER.
 */

/** A spoke's envoys. */
export interface EnvoysTable {
  id: string;
  hostname: string;
  public_key: Uint8Array;
  epoch: number;
  enrolled_at: number;
  last_seen_at: number | null;
  /** Of the row in `envoy_traits`. */
  traits_digest: Uint8Array | null;
  status: string;
  drift: string;
  config_version: string;
  changed_streak: number;
  /** The last run that the verdict takes into account; empty if none. */
  last_run_id: string;
}

/** What the agents of a spoke's envoys reported about their machines; none for those that never did. */
export interface EnvoyTraitsTable {
  id: string;
  traits_json: Uint8Array;
}

/** Runs that were reported to a spoke, also of envoys that it no longer serves. */
export interface RunsTable {
  id: string;
  envoy_id: string;
  started_at: number;
  /** Milliseconds. */
  duration_ms: number;
  received_at: number;
  config_version: string;
  /** Numbers of resources. */
  ok: number;
  changed: number;
  failed: number;
  skipped: number;
  /** Why it could not run at all; empty if it ran. */
  error: string;
  /** A `vigo.v1.Run` with nothing but its results. */
  results: Uint8Array;
}

/** Envoys that a spoke no longer serves. */
export interface TombstonesTable {
  id: string;
  kind: 'released' | 'revoked';
  epoch: number;
  target_spoke: string;
  target_address: string;
  target_identity: string;
  spread_ms: number;
  at: number;
}
