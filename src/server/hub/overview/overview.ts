/** The fleet at a glance: what the hub knows of all its parts, put together without asking a spoke. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Attention, attentionOf, type FleetCondition } from '../../../fleet/attention.ts';
import { type Compliance, ENVOY_STATUSES, emptyCompliance } from '../../../fleet/envoy-status.ts';
import { isOnline } from '../../../fleet/spoke-health.ts';
import { AttentionLevel, type GetOverviewResponseSchema } from '../../../gen/vigo/v1/admin_pb.js';
import type { ActiveLicense } from '../../../license/policy.ts';
import type { Clock } from '../../../platform/clock.ts';
import { complianceMessage } from '../../../rpc/status-codes.ts';
import type { MoveRepository } from '../../store/move-repository.ts';
import { configVersionMessage } from '../admin/config-messages.ts';
import { moveMessage } from '../admin/move-messages.ts';
import { knownCompliance, type SpokeSources, spokeMessage } from '../admin/spoke-messages.ts';
import type { ConfigPublisher } from '../config/config-publisher.ts';
import type { Failover } from '../failover/failover.ts';
import type { MoveService } from '../moves/move-service.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { Restoration } from '../restoration/restoration.ts';
import type { SpokeCondition } from './fleet-history.ts';

export interface OverviewOptions extends SpokeSources {
  readonly role: 'hub' | 'standalone';
  readonly links: PartitionLinks;
  readonly publisher: Pick<ConfigPublisher, 'current'>;
  readonly moves: Pick<MoveService, 'running' | 'get'>;
  readonly moveRepository: Pick<MoveRepository, 'list' | 'progress'>;
  readonly restoration: Pick<Restoration, 'state'>;
  readonly failover: Pick<Failover, 'decision'>;
  /** Envoys that no spoke serves and that fit nowhere. */
  readonly unplaced: () => number;
  readonly license: () => ActiveLicense;
  readonly clock: Clock;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Moves that are looked through for those that did not move all. */
const RECENT_MOVES = 50;

export async function readOverview(
  options: OverviewOptions,
): Promise<MessageInitShape<typeof GetOverviewResponseSchema>> {
  const { links, directory, publisher, moves } = options;
  const spokes = spokeConditions(options);
  const compliance = sumOf(spokes.map((spoke) => spoke.compliance));
  const license = options.license();
  const running = await Promise.all(moves.running().map(({ id }) => moves.get(id)));
  const attention = attentionOf(await conditionOf(options, compliance));
  const { current } = publisher;
  return {
    role: options.role,
    compliance: complianceMessage(compliance),
    envoys: directory.size,
    envoysOnline: onlineEnvoys(options, spokes),
    spokes: links.all.map((link) => spokeMessage(options, link)),
    lastPublish: current && configVersionMessage(current, current),
    runningMoves: running.toReversed().map(moveMessage),
    attention: attention.map(attentionMessage),
    licensedEnvoys: license.envoys,
    licenseExpiresAt: license.expiresAt === undefined ? undefined : timestampFromMs(license.expiresAt),
  };
}

/** How the envoys of each spoke are, and how fast it answers. */
export function spokeConditions(options: SpokeSources & { readonly links: PartitionLinks }): SpokeCondition[] {
  return options.links.all.map(({ spec }) => {
    const view = options.monitor.view(spec.id);
    return {
      id: spec.id,
      compliance: knownCompliance(options, spec.id),
      latencyMs: view?.health.failures === 0 ? (view.latency.summary()?.lastMs ?? 0) : 0,
    };
  });
}

function sumOf(parts: readonly Compliance[]): Compliance {
  const sum = emptyCompliance();
  for (const part of parts) for (const status of ENVOY_STATUSES) sum[status] += part[status];
  return sum;
}

function onlineEnvoys({ monitor, directory }: OverviewOptions, spokes: readonly SpokeCondition[]): number {
  return spokes.reduce((sum, { id, compliance }) => {
    const health = monitor.view(id)?.health.health;
    if (health === undefined || !isOnline(health)) return sum;
    return sum + Math.max(0, directory.countOn(id) - compliance.offline);
  }, 0);
}

async function conditionOf(options: OverviewOptions, compliance: Compliance): Promise<FleetCondition> {
  const { links, monitor, registry, directory, distribution, notices, failover, publisher, clock } = options;
  const behind = new Set(distribution.versions().flatMap((spoke) => (spoke.behind ? [spoke.spoke] : [])));
  const { envoys, expiresAt } = options.license();
  return {
    spokes: links.all.map(({ spec: { id } }) => {
      const health = monitor.view(id)?.health;
      return {
        id,
        health: health?.health ?? 'unknown',
        reason: health?.reason ?? '',
        eligibility: registry.get(id).eligibility,
        envoys: directory.countOn(id),
        configBehind: behind.has(id),
        pendingNotices: notices.pending(id),
      };
    }),
    compliance,
    unplaced: options.unplaced(),
    failover: failover.decision,
    unreconciled: options.restoration.state?.unreconciled ?? [],
    license: { envoys, used: directory.size, expiresAt },
    incompleteMoves: await incompleteMoves(options),
    published: publisher.current !== undefined,
    now: clock.now(),
  };
}

/** Those of the last day, unless a later one has emptied the same spoke. */
async function incompleteMoves({ moveRepository, clock }: OverviewOptions): Promise<FleetCondition['incompleteMoves']> {
  const recent = await moveRepository.list(RECENT_MOVES);
  const settled = new Set<string | null>();
  const found: FleetCondition['incompleteMoves'][number][] = [];
  for (const row of recent) {
    if (row.state === 'done' && row.from_spoke) settled.add(row.from_spoke);
    if (row.state !== 'incomplete' || settled.has(row.from_spoke)) continue;
    if (clock.now() - row.started_at > DAY_MS) continue;
    const { moved } = await moveRepository.progress(row.id);
    found.push({ id: row.id, reason: row.reason, left: Math.max(0, row.matched - moved - row.settled_count) });
  }
  return found;
}

const LEVELS = {
  critical: AttentionLevel.CRITICAL,
  warning: AttentionLevel.WARNING,
  notice: AttentionLevel.NOTICE,
} as const;

const attentionMessage = (attention: Attention) => ({ ...attention, level: LEVELS[attention.level] });
