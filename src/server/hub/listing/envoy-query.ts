/** What a list of envoys is asked for, and what is said when it is not complete. */
import type { EnvoyKey, EnvoySortSpec } from '../../../fleet/envoy-order.ts';
import type { EnvoyStatus as StatusCode } from '../../../gen/vigo/v1/types_pb.js';

export type EnvoyCursorKey = EnvoyKey;

export interface EnvoyQuery {
  /** Glob; empty for all. */
  readonly hostname: string;
  /** Id of the owner; empty for all. */
  readonly spoke: string;
  /** Empty for all. */
  readonly statuses: readonly StatusCode[];
  readonly sort: EnvoySortSpec;
  readonly after: EnvoyCursorKey | undefined;
  /** 0 for all. */
  readonly limit: number;
}

/** A spoke whose answer is missing, and why. */
export interface ListWarning {
  readonly spoke: string;
  /** Like an RPC code: "unavailable", "deadline_exceeded", ...; "unhealthy" if it was not asked. */
  readonly code: string;
  readonly message: string;
}
