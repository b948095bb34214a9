/** Envoys in JSON output. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { GetEnvoyResponse, ListEnvoysResponse } from '../../gen/vigo/v1/admin_pb.js';
import type { Envoy, EnvoyTable } from '../../gen/vigo/v1/types_pb.js';
import { rowsOf } from '../../rpc/envoy-table.ts';
import { driftName, statusName } from '../../rpc/status-codes.ts';
import { type RunJson, runJson } from './run.ts';
import { isoOf, isoOfMs, textOrNull } from './time.ts';
import { type WarningJson, warningJson } from './warning.ts';

export interface EnvoyJson {
  readonly id: string;
  readonly hostname: string;
  readonly spoke: string;
  readonly epoch: number;
  readonly status: string;
  readonly drift: string;
  readonly reachable: boolean;
  readonly lastSeenAt: string | null;
  readonly enrolledAt: string | null;
  readonly configVersion: string | null;
  readonly stale: boolean;
}

export interface EnvoyListJson {
  readonly envoys: readonly EnvoyJson[];
  /** Rows that match on all pages. */
  readonly total: number;
  readonly complete: boolean;
  readonly nextCursor: string | null;
  readonly warnings: readonly WarningJson[];
}

export interface PlacementJson {
  readonly spoke: string;
  readonly epoch: number;
  readonly at: string | null;
  readonly reason: string;
  readonly moveId: string | null;
}

export interface EnvoyDetailJson extends EnvoyJson {
  readonly traits: JsonObject | null;
  /** Newest first. */
  readonly placements: readonly PlacementJson[];
  /** The move that it is part of now. */
  readonly moveId: string | null;
  /** Newest first. */
  readonly recentRuns: readonly RunJson[];
  readonly warnings: readonly WarningJson[];
}

export function envoyJson(envoy: Envoy): EnvoyJson {
  return {
    id: envoy.id,
    hostname: envoy.hostname,
    spoke: envoy.spoke,
    epoch: envoy.epoch,
    status: statusName(envoy.status),
    drift: driftName(envoy.drift),
    reachable: envoy.reachable,
    lastSeenAt: isoOf(envoy.lastSeenAt),
    enrolledAt: isoOf(envoy.enrolledAt),
    configVersion: textOrNull(envoy.configVersion),
    stale: envoy.stale,
  };
}

/** The rows of a table, one after another: nobody holds all of them. */
export function* envoyTableJson(table: EnvoyTable): Generator<EnvoyJson, void, undefined> {
  for (const row of rowsOf(table)) {
    yield {
      id: row.id,
      hostname: row.hostname,
      spoke: row.spoke,
      epoch: row.epoch,
      status: statusName(row.status),
      drift: driftName(row.drift),
      reachable: row.reachable,
      lastSeenAt: isoOfMs(row.lastSeenAt),
      enrolledAt: isoOfMs(row.enrolledAt),
      configVersion: textOrNull(row.configVersion),
      stale: row.stale,
    };
  }
}

export function envoyListJson(response: ListEnvoysResponse): EnvoyListJson {
  return {
    envoys: response.envoys.map(envoyJson),
    total: response.total,
    complete: response.complete,
    nextCursor: textOrNull(response.nextCursor),
    warnings: response.warnings.map(warningJson),
  };
}

/** `envoy` is the response's own, which every server sends. */
export function envoyDetailJson(envoy: Envoy, response: GetEnvoyResponse): EnvoyDetailJson {
  return {
    ...envoyJson(envoy),
    traits: response.traits ?? null,
    placements: response.placements.map((placement) => ({
      spoke: placement.spoke,
      epoch: placement.epoch,
      at: isoOf(placement.at),
      reason: placement.reason,
      moveId: textOrNull(placement.moveId),
    })),
    moveId: textOrNull(response.moveId),
    recentRuns: response.recentRuns.map(runJson),
    warnings: response.warnings.map(warningJson),
  };
}
