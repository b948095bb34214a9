/** Spokes as `AdminService` shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Compliance, emptyCompliance } from '../../../fleet/envoy-status.ts';
import { type HealthState, isOnline } from '../../../fleet/spoke-health.ts';
import { SpokeEligibility, SpokeHealth, type SpokeSchema } from '../../../gen/vigo/v1/admin_pb.js';
import type { StatusResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import { complianceMessage, complianceOf, statusName } from '../../../rpc/status-codes.ts';
import type { ConfigDistribution } from '../config/config-distribution.ts';
import type { Directory } from '../directory.ts';
import type { LatencyWindow } from '../health/latency-window.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { Notices } from '../notices.ts';
import type { PartitionLink } from '../partition-links.ts';
import type { SpokeRegistry } from '../spoke-registry.ts';

const HEALTH = {
  unknown: SpokeHealth.UNKNOWN,
  healthy: SpokeHealth.HEALTHY,
  suspect: SpokeHealth.SUSPECT,
  unhealthy: SpokeHealth.UNHEALTHY,
  recovering: SpokeHealth.RECOVERING,
  unreachable: SpokeHealth.UNREACHABLE,
} as const;

const ELIGIBILITY = {
  eligible: SpokeEligibility.ELIGIBLE,
  cordoned: SpokeEligibility.CORDONED,
  draining: SpokeEligibility.DRAINING,
  drained: SpokeEligibility.DRAINED,
} as const;

export interface SpokeSources {
  readonly directory: Directory;
  readonly monitor: SpokeMonitor;
  readonly registry: SpokeRegistry;
  readonly notices: Notices;
  readonly distribution: Pick<ConfigDistribution, 'versionOf' | 'versions'>;
}

const time = (ms: number | undefined) => (ms === undefined ? undefined : timestampFromMs(ms));

/** Of a spoke that does not say: what the directory remembers of its envoys. */
function lastKnownCompliance(directory: Directory, spoke: string): Compliance {
  const compliance = emptyCompliance();
  if (directory.countOn(spoke) === 0) return compliance;
  for (const placement of directory.sorted({ field: 'hostname', descending: false })) {
    if (placement.spoke === spoke) compliance[statusName(placement.status)]++;
  }
  return compliance;
}

/** How a spoke's envoys are: as it last said or, while it is offline, as far as the directory knows. */
export function knownCompliance({ monitor, directory }: Pick<SpokeSources, 'monitor' | 'directory'>, spoke: string) {
  const view = monitor.view(spoke);
  const health = view?.health.health;
  const heard = health !== undefined && (isOnline(health) || health === 'unreachable');
  if (!heard) return lastKnownCompliance(directory, spoke);
  return view?.status?.compliance ? complianceOf(view.status.compliance) : emptyCompliance();
}

/** When it last said how it is, asked or by itself. */
function lastWordAt(health: HealthState | undefined): number | undefined {
  const words = [health?.lastGoodAt, health?.lastReportAt].filter((at) => at !== undefined);
  return words.length > 0 ? Math.max(...words) : undefined;
}

const rate = (perSecond: number) => (Number.isFinite(perSecond) ? Math.max(0, perSecond) : 0);

/** A spoke may say anything; what is no rate is none. */
const loadOf = ({ checkinsPerSecond, refusedPerSecond }: StatusResponse) => ({
  checkinsPerSecond: rate(checkinsPerSecond),
  refusedPerSecond: rate(refusedPerSecond),
});

function latencyOf(window: LatencyWindow) {
  const summary = window.summary();
  return summary && { ...summary, recentMs: window.recent() };
}

/** What is known about a spoke, without asking it. */
export function spokeMessage(sources: SpokeSources, { spec }: PartitionLink): MessageInitShape<typeof SpokeSchema> {
  const view = sources.monitor.view(spec.id);
  const row = sources.registry.get(spec.id);
  const health = view?.health;
  const online = health !== undefined && isOnline(health.health);
  const said = row.eligibility === 'eligible' ? '' : `${row.eligibility}${row.comment ? `: ${row.comment}` : ''}`;
  return {
    id: spec.id,
    addr: spec.addr,
    patterns: [...spec.patterns],
    online,
    health: HEALTH[health?.health ?? 'unknown'],
    healthSince: time(health?.since),
    eligibility: ELIGIBILITY[row.eligibility],
    envoyCount: sources.directory.countOn(spec.id),
    latency: view && latencyOf(view.latency),
    lastProbeAt: time(health?.lastProbeAt),
    lastReportAt: time(lastWordAt(health)),
    configVersion: sources.distribution.versionOf(spec.id),
    configBehind: sources.distribution.versions().some(({ spoke, behind }) => spoke === spec.id && behind),
    reason: [health?.reason, said].filter(Boolean).join('; '),
    compliance: complianceMessage(knownCompliance(sources, spec.id)),
    pendingNotices: sources.notices.pending(spec.id),
    hubAddress: view?.hubAddress ?? '',
    load: view?.status && loadOf(view.status),
  };
}
