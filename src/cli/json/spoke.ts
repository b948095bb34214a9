/** Spokes in JSON output. */
import type { GetSpannerStatusResponse, GetSpokeResponse, Restoration, Spoke } from '../../gen/vigo/v1/admin_pb.js';
import type { Compliance } from '../../gen/vigo/v1/types_pb.js';
import { type EnvoyJson, envoyJson } from './envoy.ts';
import { spokeEligibilityName, spokeHealthName } from './names.ts';
import { type RunJson, runJson } from './run.ts';
import { isoOf, textOrNull } from './time.ts';
import { type WarningJson, warningJson } from './warning.ts';

export interface LatencyJson {
  readonly last: number;
  readonly p50: number;
  readonly p99: number;
}

/** Envoys in each status; null where the spoke has not said yet. */
export type ComplianceJson = Readonly<Record<StatusKey, number>>;
type StatusKey = 'converged' | 'relapsed' | 'diverged' | 'degraded' | 'failed' | 'offline' | 'no_data';

export interface SpokeJson {
  readonly id: string;
  readonly addr: string | null;
  readonly patterns: readonly string[];
  readonly status: 'online' | 'offline';
  readonly health: string;
  readonly eligibility: string;
  readonly envoyCount: number;
  readonly latencyMs: LatencyJson | null;
  readonly lastProbeAt: string | null;
  readonly lastReportAt: string | null;
  readonly configVersion: string | null;
  readonly reason: string | null;
  readonly compliance: ComplianceJson | null;
  readonly healthSince: string | null;
  readonly pendingNotices: number;
  /** Where it reports to, as its own configuration names it; null if it does not report. */
  readonly hubAddr: string | null;
  /** What it last said of its work; null if it has not said yet. */
  readonly load: { readonly checkinsPerSecond: number; readonly refusedPerSecond: number } | null;
}

export interface FailoverJson {
  readonly enabled: boolean;
  readonly frozen: boolean;
  readonly reason: string | null;
  /** Failed spokes that are not drained, and the guard that holds each back. */
  readonly held: readonly {
    readonly spoke: string;
    readonly guard: string;
    readonly reason: string;
    readonly envoys: number;
  }[];
}

/** A hub that was restored from a backup, until all of its spokes have said whom they serve. */
export interface RestorationJson {
  readonly backupCreatedAt: string;
  readonly restoredAt: string;
  readonly unreconciled: readonly string[];
}

export interface SpannerStatusJson {
  readonly role: string;
  readonly spokes: readonly SpokeJson[];
  readonly unplaced: number;
  readonly failover: FailoverJson;
  /** Null if there is nothing to reconcile. */
  readonly restoration: RestorationJson | null;
  readonly warnings: readonly WarningJson[];
}

export interface SpokeDetailJson extends SpokeJson {
  /** Newest first. */
  readonly recentRuns: readonly RunJson[];
  /** The first page. */
  readonly envoys: readonly EnvoyJson[];
  readonly warnings: readonly WarningJson[];
}

function complianceJson(compliance: Compliance): ComplianceJson {
  const { converged, relapsed, diverged, degraded, failed, offline, noData } = compliance;
  return { converged, relapsed, diverged, degraded, failed, offline, no_data: noData };
}

// Microseconds are the finest that a probe over a network can tell.
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

export function spokeJson(spoke: Spoke): SpokeJson {
  const { latency } = spoke;
  return {
    id: spoke.id,
    addr: textOrNull(spoke.addr),
    patterns: spoke.patterns,
    status: spoke.online ? 'online' : 'offline',
    health: spokeHealthName(spoke.health),
    eligibility: spokeEligibilityName(spoke.eligibility),
    envoyCount: spoke.envoyCount,
    latencyMs: latency
      ? { last: rounded(latency.lastMs), p50: rounded(latency.p50Ms), p99: rounded(latency.p99Ms) }
      : null,
    lastProbeAt: isoOf(spoke.lastProbeAt),
    lastReportAt: isoOf(spoke.lastReportAt),
    configVersion: textOrNull(spoke.configVersion),
    reason: textOrNull(spoke.reason),
    compliance: spoke.compliance ? complianceJson(spoke.compliance) : null,
    healthSince: isoOf(spoke.healthSince),
    pendingNotices: spoke.pendingNotices,
    hubAddr: textOrNull(spoke.hubAddress),
    load: spoke.load
      ? {
          checkinsPerSecond: rounded(spoke.load.checkinsPerSecond),
          refusedPerSecond: rounded(spoke.load.refusedPerSecond),
        }
      : null,
  };
}

export function spannerStatusJson(response: GetSpannerStatusResponse): SpannerStatusJson {
  return {
    role: response.role,
    spokes: response.spokes.map(spokeJson),
    unplaced: response.unplaced,
    failover: {
      enabled: response.failover?.enabled ?? false,
      frozen: response.failover?.frozen ?? false,
      reason: textOrNull(response.failover?.reason ?? ''),
      held: (response.failover?.held ?? []).map(({ spoke, guard, reason, envoys }) => ({
        spoke,
        guard,
        reason,
        envoys,
      })),
    },
    restoration: restorationJson(response.restoration),
    warnings: response.warnings.map(warningJson),
  };
}

function restorationJson(restoration: Restoration | undefined): RestorationJson | null {
  if (!restoration) return null;
  const { backupCreatedAt, restoredAt, unreconciled } = restoration;
  return { backupCreatedAt, restoredAt, unreconciled };
}

/** `spoke` is the response's own, which every server sends. */
export function spokeDetailJson(spoke: Spoke, response: GetSpokeResponse): SpokeDetailJson {
  return {
    ...spokeJson(spoke),
    recentRuns: response.recentRuns.map(runJson),
    envoys: response.envoys.map(envoyJson),
    warnings: response.warnings.map(warningJson),
  };
}
