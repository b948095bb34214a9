/** The fleet's words for status and drift, as the protocol's numbers and back. */
import type { Compliance, EnvoyDrift, EnvoyStatus } from '../fleet/envoy-status.ts';
import { EnvoyDrift as DriftCode, EnvoyStatus as StatusCode } from '../gen/vigo/v1/types_pb.js';

const STATUS_CODES: Record<EnvoyStatus, StatusCode> = {
  converged: StatusCode.CONVERGED,
  relapsed: StatusCode.RELAPSED,
  diverged: StatusCode.DIVERGED,
  degraded: StatusCode.DEGRADED,
  failed: StatusCode.FAILED,
  offline: StatusCode.OFFLINE,
  no_data: StatusCode.NO_DATA,
};
const STATUS_NAMES = new Map(Object.entries(STATUS_CODES).map(([name, code]) => [code, name as EnvoyStatus]));

export function statusCode(status: EnvoyStatus): StatusCode {
  return STATUS_CODES[status];
}

/** `no_data` for a number that this version does not know: a later server may have more. */
export function statusName(code: StatusCode): EnvoyStatus {
  return STATUS_NAMES.get(code) ?? 'no_data';
}

export function driftCode(drift: EnvoyDrift): DriftCode {
  return drift === 'changed' ? DriftCode.CHANGED : DriftCode.NONE;
}

export function driftName(code: DriftCode): EnvoyDrift {
  return code === DriftCode.CHANGED ? 'changed' : 'none';
}

/** In the protocol's field names. */
export function complianceMessage({ no_data: noData, ...rest }: Compliance) {
  return { ...rest, noData };
}

/** From the protocol's field names. */
export function complianceOf(message: Omit<Compliance, 'no_data'> & { readonly noData: number }): Compliance {
  const { converged, relapsed, diverged, degraded, failed, offline, noData } = message;
  return { converged, relapsed, diverged, degraded, failed, offline, no_data: noData };
}
