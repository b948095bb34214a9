/** The tables of a hub about who may do what, and who did: tokens, users, sessions, the audit log. As in `hub-schema.ts`. */

/** Tokens with which machines become envoys. */
export interface EnrollmentTokensTable {
  id: string;
  hash: string;
  uses: number;
  uses_left: number;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  comment: string;
  created_by: string;
}

/** Tokens with which spokes fetch their certificates. */
export interface JoinTokensTable {
  hash: string;
  spoke_id: string;
  created_at: number;
  expires_at: number;
  /** SHA-256 of the public key that used it; null while unused. */
  used_by_key: string | null;
  created_by: string;
}

/** What was done to the fleet, and what happened to it. */
export interface AuditTable {
  /** From 1, without gaps. */
  seq: number;
  at: number;
  /** Who; "hub" for what it does by itself. */
  actor: string;
  /** Such as "spoke.health". */
  action: string;
  /** Id of the spoke, envoy or move that it is about. */
  subject: string;
  detail: string;
  /** From where, such as "10.1.2.3 (web)"; empty for what the hub does by itself. */
  origin: string;
  /** "ok", or the code of an error; empty in entries from before there were results. */
  result: string;
  /** JSON: host names of the first envoys that it is about; empty if it is about none. */
  envoys: string;
  envoy_count: number;
  /** SHA-256, lower-case hex, over the hash of the entry before and everything in this one. */
  hash: string;
}

/** Acts that have begun and are not in the audit log yet; a server that ends before their end leaves them here. */
export interface AuditBegunTable {
  id: string;
  at: number;
  actor: string;
  action: string;
  subject: string;
  detail: string;
  origin: string;
}

/** Who may use the server with an API token. */
export interface UsersTable {
  id: string;
  /** Unique among those that are not revoked, whatever its case. */
  name: string;
  role: 'viewer' | 'admin';
  /** SHA-256 of the token, lower-case hex. */
  token_hash: string;
  created_at: number;
  created_by: string;
  /** Null: never. */
  expires_at: number | null;
  /** Give or take a minute; null: never. */
  last_used_at: number | null;
  revoked_at: number | null;
}

/** Who is signed in on the web; a session that has ended has no row. */
export interface SessionsTable {
  id: string;
  /** SHA-256 of what the cookie holds, lower-case hex. */
  hash: string;
  user_name: string;
  role: 'viewer' | 'admin';
  method: 'token' | 'oidc';
  /** What it lives by: the hash of the token, or the issuer that vouched for the user. */
  source: string;
  created_at: number;
  expires_at: number;
  /** Give or take a minute. */
  last_used_at: number;
  /** Address from which it was begun. */
  origin: string;
}
