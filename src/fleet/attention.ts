/** What of a fleet wants looking at, the worst first: from how it is, in words. */
import type { Compliance } from './envoy-status.ts';
import type { SpokeEligibility, SpokeHealth } from './spoke-health.ts';

export type AttentionLevel = 'critical' | 'warning' | 'notice';

export interface Attention {
  readonly level: AttentionLevel;
  readonly kind:
    | 'spoke_offline'
    | 'restored'
    | 'failover_frozen'
    | 'failover_held'
    | 'unplaced'
    | 'license'
    | 'envoys'
    | 'config_behind'
    | 'move_incomplete'
    | 'spoke_suspect'
    | 'pending_notices'
    | 'spoke_ineligible'
    | 'config_missing';
  /** Id of a spoke or a move, or the status of envoys; empty if it is about the whole fleet. */
  readonly subject: string;
  readonly message: string;
}

export interface FleetCondition {
  readonly spokes: readonly {
    readonly id: string;
    readonly health: SpokeHealth;
    readonly reason: string;
    readonly eligibility: SpokeEligibility;
    readonly envoys: number;
    readonly configBehind: boolean;
    readonly pendingNotices: number;
  }[];
  readonly compliance: Compliance;
  readonly unplaced: number;
  readonly failover: {
    readonly frozen: boolean;
    readonly reason: string;
    readonly held: readonly { readonly spoke: string; readonly envoys: number; readonly reason: string }[];
  };
  /** The hub was restored from a backup, and has still to hear from these spokes whom they serve; empty otherwise. */
  readonly unreconciled: readonly string[];
  readonly license: { readonly envoys: number; readonly used: number; readonly expiresAt: number | undefined };
  /** Moves of the last day that have ended without moving all. */
  readonly incompleteMoves: readonly { readonly id: string; readonly reason: string; readonly left: number }[];
  readonly published: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

const LEVELS: readonly AttentionLevel[] = ['critical', 'warning', 'notice'];
const DAY_MS = 24 * 60 * 60 * 1000;
/** Time to buy a license. */
const EXPIRES_SOON_MS = 30 * DAY_MS;
const NEARLY_USED = 0.9;

export function attentionOf(fleet: FleetCondition): Attention[] {
  const found = [
    ...fleet.spokes.flatMap((spoke) => [...ofSpoke(spoke)]),
    ...ofRestoration(fleet),
    ...ofFailover(fleet),
    ...ofLicense(fleet),
    ...ofEnvoys(fleet.compliance),
    ...fleet.incompleteMoves.map(ofMove),
    ...(fleet.published || fleet.license.used === 0
      ? []
      : [entry('notice', 'config_missing', '', 'nothing has been published yet: envoys have nothing to do')]),
  ];
  // Stable: within a level in the order above.
  return found.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

const entry = (level: AttentionLevel, kind: Attention['kind'], subject: string, message: string): Attention => ({
  level,
  kind,
  subject,
  message,
});

function* ofSpoke(spoke: FleetCondition['spokes'][number]): Generator<Attention> {
  const { id, health, reason, eligibility, envoys } = spoke;
  const why = reason ? `: ${reason}` : '';
  if (health === 'unhealthy' || health === 'unreachable') {
    const level = envoys > 0 ? 'critical' : 'warning';
    yield entry(level, 'spoke_offline', id, `${id} is ${health}, ${count(envoys, 'envoy')} on it${why}`);
  } else if (health === 'suspect' || health === 'recovering') {
    yield entry('warning', 'spoke_suspect', id, `${id} is ${health}${why}`);
  }
  const offline = health === 'unhealthy' || health === 'unreachable' || health === 'unknown';
  if (spoke.configBehind && !offline)
    yield entry('warning', 'config_behind', id, `${id} does not serve what was published last`);
  if (spoke.pendingNotices > 0)
    yield entry(
      'warning',
      'pending_notices',
      id,
      `${id} has still to be told ${count(spoke.pendingNotices, 'change')}`,
    );
  if (eligibility !== 'eligible')
    yield entry('notice', 'spoke_ineligible', id, `${id} takes no envoys: ${eligibility}`);
}

function* ofRestoration({ unreconciled }: FleetCondition): Generator<Attention> {
  if (unreconciled.length === 0) return;
  const waiting = `restored from a backup, and not reconciled yet with ${unreconciled.join(', ')}`;
  yield entry('critical', 'restored', '', `the hub was ${waiting}: who lives there is as old as the backup`);
}

function* ofFailover({ failover, unplaced }: FleetCondition): Generator<Attention> {
  if (failover.frozen) yield entry('critical', 'failover_frozen', '', `failover holds back: ${failover.reason}`);
  for (const { spoke, envoys, reason } of failover.held) {
    yield entry(
      'critical',
      'failover_held',
      spoke,
      `${spoke} is not drained, ${count(envoys, 'envoy')} on it: ${reason}`,
    );
  }
  if (unplaced > 0)
    yield entry('critical', 'unplaced', '', `${count(unplaced, 'envoy')} that no spoke serves and that fit nowhere`);
}

function* ofLicense({ license, now }: FleetCondition): Generator<Attention> {
  const { envoys, used, expiresAt } = license;
  if (expiresAt !== undefined && expiresAt <= now) yield entry('critical', 'license', '', 'the license has expired');
  else if (expiresAt !== undefined && expiresAt - now < EXPIRES_SOON_MS)
    yield entry(
      'warning',
      'license',
      '',
      `the license expires in ${count(Math.ceil((expiresAt - now) / DAY_MS), 'day')}`,
    );
  if (used > 0 && used >= envoys)
    yield entry('critical', 'license', '', `all ${count(envoys, 'licensed envoy')} are enrolled: no more can enrol`);
  else if (used >= envoys * NEARLY_USED && used > 0)
    yield entry('warning', 'license', '', `${used} of ${count(envoys, 'licensed envoy')} are enrolled`);
}

/** What is said of envoys in a status; the others are as they should be. */
const OF_STATUS: readonly [keyof Compliance, AttentionLevel, string][] = [
  ['failed', 'critical', 'failed their last run'],
  ['degraded', 'warning', 'could not put some resources right'],
  ['diverged', 'warning', 'are changed again by every run'],
  ['offline', 'warning', 'have not checked in for two and a half intervals'],
  ['relapsed', 'notice', 'changed in their last two runs'],
];

function* ofEnvoys(compliance: Compliance): Generator<Attention> {
  for (const [status, level, what] of OF_STATUS) {
    const envoys = compliance[status];
    if (envoys > 0) yield entry(level, 'envoys', status, `${count(envoys, 'envoy')} ${what}`);
  }
}

const ofMove = ({ id, reason, left }: FleetCondition['incompleteMoves'][number]): Attention =>
  entry('warning', 'move_incomplete', id, `a ${reason} ended with ${count(left, 'envoy')} not moved`);

const count = (n: number, what: string): string => `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
