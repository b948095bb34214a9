/** Made-up envoys: their names, their states, and lists of them. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { EnvoyDrift, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { CURRENT, PREVIOUS } from './fixture-config.ts';
import type { FixtureSpoke } from './fixture-fleet.ts';

export interface FixtureEnvoy {
  readonly id: string;
  readonly hostname: string;
  spoke: string;
  epoch: number;
  readonly status: EnvoyStatus;
  readonly enrolledAtMs: number;
  readonly lastSeenAtMs: number;
  readonly configVersion: string;
  /** Its spoke does not answer. */
  readonly stale: boolean;
}

export interface ComplianceCounts {
  converged: number;
  relapsed: number;
  diverged: number;
  degraded: number;
  failed: number;
  offline: number;
  noData: number;
}

const ROLES = ['web', 'api', 'db', 'cache', 'worker'];

/** Uneven, as in life: of a thousand most are converged. */
function statusOf(i: number): EnvoyStatus {
  const of1000 = (i * 7919) % 1000;
  if (of1000 < 5) return EnvoyStatus.FAILED;
  if (of1000 < 13) return EnvoyStatus.DEGRADED;
  if (of1000 < 20) return EnvoyStatus.DIVERGED;
  if (of1000 < 32) return EnvoyStatus.RELAPSED;
  if (of1000 < 41) return EnvoyStatus.OFFLINE;
  if (of1000 < 46) return EnvoyStatus.NO_DATA;
  return EnvoyStatus.CONVERGED;
}

/** Few envoys show as many states as they can. */
const SMALL = [EnvoyStatus.CONVERGED, EnvoyStatus.FAILED, EnvoyStatus.RELAPSED];

/** By host name. */
export function makeEnvoys(size: number, spokes: readonly FixtureSpoke[], now: number): FixtureEnvoy[] {
  const envoys = Array.from({ length: size }, (_, i): FixtureEnvoy => {
    const spoke = spokes[i % spokes.length];
    if (!spoke) throw new Error('no spokes');
    const status = size <= SMALL.length ? (SMALL[i] ?? EnvoyStatus.CONVERGED) : statusOf(i);
    const role = ROLES[Math.floor(i / spokes.length) % ROLES.length];
    const number = String(Math.floor(i / spokes.length / ROLES.length) + 1).padStart(size > 1000 ? 4 : 1, '0');
    return {
      id: `0192f3a1-7c1e-7d3b-9c5a-${i.toString(16).padStart(12, '0')}`,
      hostname: `${role}${number}.${spoke.id}.example.com`,
      spoke: spoke.id,
      epoch: 1 + (i % 3),
      status,
      enrolledAtMs: now - 86_400_000 * (3 + (i % 240)) - i * 1000,
      lastSeenAtMs: status === EnvoyStatus.OFFLINE ? now - 3_600_000 * (1 + (i % 30)) : now - ((i * 733) % 280_000),
      configVersion: spoke.behind ? PREVIOUS : CURRENT,
      stale: spoke.dead,
    };
  });
  return envoys.sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
}

/** As the protocol shows it. */
export function envoyMessage(envoy: FixtureEnvoy) {
  const { id, hostname, spoke, epoch, status, configVersion, stale } = envoy;
  return {
    id,
    hostname,
    spoke,
    epoch,
    status,
    configVersion,
    stale,
    drift: status === EnvoyStatus.RELAPSED ? EnvoyDrift.CHANGED : EnvoyDrift.NONE,
    reachable: !stale && status !== EnvoyStatus.OFFLINE,
    lastSeenAt: timestampFromMs(envoy.lastSeenAtMs),
    enrolledAt: timestampFromMs(envoy.enrolledAtMs),
  };
}

export function complianceOf(envoys: readonly FixtureEnvoy[]): ComplianceCounts {
  const counts = { converged: 0, relapsed: 0, diverged: 0, degraded: 0, failed: 0, offline: 0, noData: 0 };
  const names = {
    [EnvoyStatus.UNSPECIFIED]: 'noData',
    [EnvoyStatus.CONVERGED]: 'converged',
    [EnvoyStatus.RELAPSED]: 'relapsed',
    [EnvoyStatus.DIVERGED]: 'diverged',
    [EnvoyStatus.DEGRADED]: 'degraded',
    [EnvoyStatus.FAILED]: 'failed',
    [EnvoyStatus.OFFLINE]: 'offline',
    [EnvoyStatus.NO_DATA]: 'noData',
  } as const;
  for (const { status } of envoys) counts[names[status]]++;
  return counts;
}
