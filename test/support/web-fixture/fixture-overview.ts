/** The made-up fleet at a glance, and how it has been. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AttentionLevel, MoveState } from '../../../src/gen/vigo/v1/admin_pb.js';
import { EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { versionsOf } from './fixture-config.ts';
import type { ComplianceCounts } from './fixture-envoys.ts';
import type { FixtureFleet } from './fixture-fleet.ts';
import type { FixtureMove } from './fixture-moves.ts';
import { spokeMessage } from './fixture-spokes.ts';

export function overviewMessage(fleet: FixtureFleet, moves: readonly FixtureMove[]) {
  const compliance = fleet.compliance();
  const licensedEnvoys = fleet.envoys.length > 1000 ? 120_000 : 20;
  return {
    role: 'hub',
    compliance,
    envoys: fleet.envoys.length,
    envoysOnline: fleet.envoys.filter(({ status, stale }) => !stale && status !== EnvoyStatus.OFFLINE).length,
    spokes: fleet.spokes.map((spoke) => spokeMessage(fleet, spoke)),
    ...(fleet.envoys.length > 0 ? { lastPublish: versionsOf(fleet)[0] } : {}),
    runningMoves: moves.filter(({ state }) => state === MoveState.RUNNING),
    attention: attention(fleet, compliance, moves),
    licensedEnvoys,
    licenseExpiresAt: timestampFromMs(fleet.madeAt + 86_400_000 * 21),
  };
}

function attention(fleet: FixtureFleet, compliance: ComplianceCounts, moves: readonly FixtureMove[]) {
  const { CRITICAL, WARNING, NOTICE } = AttentionLevel;
  const entry = (level: AttentionLevel, kind: string, subject: string, message: string) => ({
    level,
    kind,
    subject,
    message,
  });
  const dead = fleet.spokes.filter((spoke) => spoke.dead);
  return [
    ...dead.map(({ id }) =>
      entry(CRITICAL, 'spoke_offline', id, `${id} is offline for 20 minutes: connect ECONNREFUSED`),
    ),
    ...dead.map(({ id }) => entry(CRITICAL, 'failover_held', id, `auto-failover does not drain ${id}: it is paused`)),
    ...(compliance.failed > 0
      ? [
          entry(
            WARNING,
            'envoys',
            'failed',
            `${compliance.failed.toLocaleString('en-US')} ${compliance.failed === 1 ? 'envoy' : 'envoys'} failed`,
          ),
        ]
      : []),
    ...fleet.spokes
      .filter((spoke) => spoke.behind)
      .map(({ id }) => entry(WARNING, 'config_behind', id, `${id} does not serve the newest configuration yet`)),
    ...moves
      .filter(({ state }) => state === MoveState.INCOMPLETE)
      .map((move) =>
        entry(WARNING, 'move_incomplete', move.id, `a failover left ${move.failedCount} envoys where they were`),
      ),
    ...(fleet.envoys.length > 0 ? [entry(NOTICE, 'license', '', 'the license ends in 21 days')] : []),
  ];
}

/** It gets worse once, and better again. */
export function historyMessage(fleet: FixtureFleet, request: { spoke: string; seconds: number; points: number }) {
  const seconds = request.seconds || 86_400;
  const count = request.points || 120;
  const now = fleet.compliance(request.spoke || undefined);
  const points = Array.from({ length: count }, (_, i) => {
    const wave = Math.exp(-(((i - count * 0.55) / (count * 0.07)) ** 2)) + 0.04 * Math.abs(Math.sin(i));
    const lost = Math.floor(now.converged * 0.14 * wave);
    const part = (share: number) => Math.floor(lost * share);
    return {
      at: timestampFromMs(fleet.madeAt - ((count - 1 - i) * seconds * 1000) / count),
      compliance: {
        ...now,
        converged: now.converged - part(0.5) - part(0.3) - part(0.2),
        degraded: now.degraded + part(0.5),
        failed: now.failed + part(0.3),
        offline: now.offline + part(0.2),
      },
      latencyMs: request.spoke ? 1.4 + wave * 6 + (i % 5) * 0.1 : 0,
    };
  });
  // The hub was away for a while.
  return points.filter((_, i) => fleet.envoys.length > 0 && (i < count * 0.2 || i > count * 0.24));
}
